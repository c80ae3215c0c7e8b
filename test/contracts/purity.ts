import ts from 'typescript'
import type { SourceFile } from './source-file'

/** Names that reach out of the program: time, timers, the process, the network, the screen, Node-RED. */
const OUTSIDE = new Set([
  'RED',
  'XMLHttpRequest',
  'WebSocket',
  '__dirname',
  '__filename',
  'clearInterval',
  'clearTimeout',
  'console',
  'crypto',
  'document',
  'fetch',
  'globalThis',
  'performance',
  'process',
  'require',
  'setImmediate',
  'setInterval',
  'setTimeout',
  'window',
])

/** Each use of something outside in a file that must be pure: what and where. */
export function impurities({ name, tree }: SourceFile): readonly string[] {
  const declared = declaredNames(tree)
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    const what = impurity(node, declared)
    if (what !== undefined)
      found.push(`${name}:${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1} uses ${what}`)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

function impurity(node: ts.Node, declared: ReadonlySet<string>): string | undefined {
  if (ts.isPropertyAccessExpression(node)) {
    const text = node.getText()
    return text === 'Date.now' || text === 'Math.random' ? text : undefined
  }
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments ?? []).length === 0)
    return 'new Date()'
  if (ts.isCallExpression(node) && node.expression.getText() === 'Date') return 'Date()'
  if (!ts.isIdentifier(node) || !OUTSIDE.has(node.text) || declared.has(node.text)) return undefined
  return isPropertyName(node) ? undefined : node.text
}

function isPropertyName(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node
  if (ts.isTypeQueryNode(parent) || ts.isTypeReferenceNode(parent) || ts.isQualifiedName(parent)) return true
  return (
    (ts.isPropertyAssignment(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isMethodSignature(parent) ||
      ts.isGetAccessor(parent)) &&
    parent.name === node
  )
}

/** Names that the file gives to things of its own: parameters, variables, functions, imports. */
function declaredNames(tree: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>()
  const visit = (node: ts.Node): void => {
    const isDeclaration =
      ts.isParameter(node) ||
      ts.isVariableDeclaration(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isImportSpecifier(node)
    if (isDeclaration && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return names
}

/** Variables of a module that can change: state that all nodes and tests of a process would share. */
export function mutableModuleState({ name, tree }: SourceFile): readonly string[] {
  return tree.statements
    .filter(ts.isVariableStatement)
    .filter(
      (statement) =>
        (statement.declarationList.flags & ts.NodeFlags.Const) === 0 &&
        !(statement.modifiers ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.DeclareKeyword),
    )
    .map((statement) => `${name}: ${statement.getText().split('\n')[0]!}`)
}
