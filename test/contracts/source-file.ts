import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { packageRoot } from '../node-red'

export interface Import {
  /** As written: `./frame`, `node:fs`, `fft.js`. */
  readonly target: string
  /** Types alone, gone once compiled. */
  readonly typesOnly: boolean
}

/** A TypeScript file of the project, parsed. */
export interface SourceFile {
  /** From the project's folder, with slashes: `src/core/frame.ts`. */
  readonly name: string
  readonly tree: ts.SourceFile
  readonly imports: readonly Import[]
}

/** All TypeScript files below the folders; generated ones, type declarations and code of another compiler left out. */
export function sourceFiles(...folders: readonly string[]): readonly SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(packageRoot, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => `${folder}/${file.replaceAll(path.sep, '/')}`)
      .filter((name) => name.endsWith('.ts') && !/\.d\.ts$|\/kernels\/assembly\//.test(name))
      .sort()
      .map((name) => parse(name, readFileSync(path.join(packageRoot, name), 'utf8'))),
  )
}

export function parse(name: string, text: string): SourceFile {
  const tree = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true)
  const imports: Import[] = []
  const visit = (node: ts.Node): void => {
    const found = importOf(node)
    if (found !== undefined) imports.push(found)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return { name, tree, imports }
}

function importOf(node: ts.Node): Import | undefined {
  if (ts.isImportDeclaration(node))
    return { target: textOf(node.moduleSpecifier), typesOnly: isTypesOnly(node.importClause) }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return { target: textOf(node.moduleSpecifier), typesOnly: node.isTypeOnly }
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return { target: textOf(node.argument.literal), typesOnly: true }
  }
  if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
    return { target: textOf(node.moduleReference.expression), typesOnly: node.isTypeOnly }
  }
  if (!ts.isCallExpression(node) || node.arguments.length !== 1) return undefined
  const loads =
    node.expression.kind === ts.SyntaxKind.ImportKeyword ||
    /^require(\.resolve)?$/.test(node.expression.getText())
  return loads ? { target: textOf(node.arguments[0]!), typesOnly: false } : undefined
}

function textOf(node: ts.Node): string {
  return ts.isStringLiteralLike(node) ? node.text : node.getText()
}

function isTypesOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false
  if (clause.isTypeOnly) return true
  const named = clause.namedBindings
  if (clause.name !== undefined || named === undefined || !ts.isNamedImports(named)) return false
  return named.elements.length > 0 && named.elements.every((element) => element.isTypeOnly)
}

/** The project's file (without ending) that a relative import leads to; undefined for a package or a built-in module. */
export function resolveImport(from: string, target: string): string | undefined {
  return target.startsWith('.') ? path.posix.join(path.posix.dirname(from), target) : undefined
}
