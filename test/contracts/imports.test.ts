import assert from 'node:assert/strict'
import { impurities, mutableModuleState } from './purity'
import { parse, resolveImport, type SourceFile, sourceFiles } from './source-file'

/** Which part may import which; itself always. The editor's code runs in a browser, so it may have what is pure alone. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  sources: ['core'],
  model: ['core'],
  train: ['core'],
  runtime: ['core', 'sources', 'model', 'train'],
  cli: ['core', 'sources', 'model', 'train'],
  nodes: ['core', 'sources', 'model', 'train', 'runtime'],
  editor: [],
}

/** Packages without effects: numbers in, numbers out. */
const PURE_PACKAGES = ['ml-matrix']

/** Pure beside the core: what is decoded must not depend on when or where. */
const PURE = /^src\/(core\/|sources\/(decode\/|read-channels|\w+-framer|i2c\/(chips\/|layout)))/

/** The part that a file belongs to. */
function partOf(name: string): string {
  if (/^nodes\/editor\/|\.editor(-part)?(\.ts)?$/.test(name)) return 'editor'
  return name.startsWith('nodes/') ? 'nodes' : name.split('/')[1]!
}

function breaches(file: SourceFile): readonly string[] {
  const part = partOf(file.name)
  return file.imports.flatMap(({ target, typesOnly }) => {
    const say = (why: string): readonly string[] => [`${file.name} imports ${target}: ${why}`]
    const resolved = resolveImport(file.name, target)
    if (resolved === undefined) return packageBreaches(file.name, target, typesOnly).flatMap(say)
    if (!/^(src|nodes)\//.test(resolved)) return say('it lies outside src/ and nodes/')
    const other = partOf(resolved)
    if (PURE.test(file.name) && !PURE.test(resolved) && !typesOnly)
      return say('pure code may import pure code alone')
    if (part === 'editor' && PURE.test(resolved)) return []
    if (other === part) return sameNode(file.name, resolved) ? [] : say('it belongs to another node')
    if (typesOnly && part === 'editor' && other !== 'runtime') return []
    return MAY_IMPORT[part]?.includes(other)
      ? []
      : say(`${part} may import ${MAY_IMPORT[part]?.join(', ') || 'nothing but itself'}`)
  })
}

function packageBreaches(name: string, target: string, typesOnly: boolean): readonly string[] {
  const part = partOf(name)
  if (target === 'node-red' || target.startsWith('@node-red/')) {
    if (!['runtime', 'nodes', 'editor'].includes(part)) return ['only src/runtime and nodes know Node-RED']
    return typesOnly ? [] : ['it is the host, not a dependency: import its types alone']
  }
  if (typesOnly) return []
  if (PURE.test(name) && !PURE_PACKAGES.includes(target))
    return [`pure code may have ${PURE_PACKAGES.join(', ')} alone`]
  return part === 'editor' ? ['it would be bundled into the editor'] : []
}

/** Nodes share by src/ and nodes/editor/, not by importing one another. */
function sameNode(from: string, to: string): boolean {
  if (!from.startsWith('nodes/') || to.startsWith('nodes/editor/')) return true
  return from.split('/')[1] === to.split('/')[1]
}

/** The first circle of imports that are left at run time, as a list of names. */
function circle(files: readonly SourceFile[]): readonly string[] | undefined {
  const byName = new Map(files.map((file) => [file.name, file]))
  const done = new Set<string>()
  const visit = (name: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name]
    const file = byName.get(name)
    if (done.has(name) || file === undefined) return undefined
    for (const { target, typesOnly } of file.imports) {
      const resolved = typesOnly ? undefined : resolveImport(name, target)
      if (resolved === undefined) continue
      const next = byName.has(`${resolved}.ts`) ? `${resolved}.ts` : `${resolved}/index.ts`
      const found = visit(next, [...path, name])
      if (found !== undefined) return found
    }
    done.add(name)
    return undefined
  }
  for (const file of files) {
    const found = visit(file.name, [])
    if (found !== undefined) return found
  }
  return undefined
}

describe('imports', () => {
  const files = sourceFiles('src', 'nodes')

  it('go one way: nodes → runtime → sources, model, train → core', () => {
    assert.deepEqual(files.flatMap(breaches), [])
  })

  it('never run in a circle', () => {
    assert.equal(circle(files)?.join(' → '), undefined)
  })

  it('would be caught: the rules see what they forbid', () => {
    const caught = (name: string, text: string): number => breaches(parse(name, text)).length
    assert.equal(caught('src/core/a.ts', `import { x } from '../runtime/host'`), 1)
    assert.equal(caught('src/core/a.ts', `import fs from 'node:fs'`), 1)
    assert.equal(caught('src/core/features/a.ts', `export * from '../../model/bundle'`), 1)
    assert.equal(caught('src/core/a.ts', `const x = await import('mqtt')`), 1)
    assert.equal(caught('src/sources/a.ts', `import { x } from '../model/bundle'`), 1)
    assert.equal(caught('src/model/a.ts', `import type { Node } from 'node-red'`), 1)
    assert.equal(caught('src/runtime/a.ts', `import RED from 'node-red'`), 1)
    assert.equal(caught('src/runtime/a.ts', `import { x } from '../../nodes/window/window'`), 1)
    assert.equal(caught('nodes/window/window.editor.ts', `import { x } from '../../src/runtime/host'`), 1)
    assert.equal(caught('nodes/window/window.ts', `import { x } from '../scaler/scaler'`), 1)
    assert.equal(
      caught('src/core/a.ts', `import { Matrix } from 'ml-matrix'\nimport { x } from './frame'`),
      0,
    )
    assert.equal(caught('nodes/window/window.ts', `import { x } from '../../src/runtime/host'`), 0)
    assert.equal(caught('nodes/window/window.editor.ts', `import { x } from '../editor/dialog'`), 0)
    const a = parse('src/core/a.ts', `import { b } from './b'`)
    assert.deepEqual(circle([a, parse('src/core/b.ts', `import { a } from './a'`)]), [
      'src/core/a.ts',
      'src/core/b.ts',
      'src/core/a.ts',
    ])
    assert.equal(circle([a, parse('src/core/b.ts', `import type { a } from './a'`)]), undefined)
  })
})

describe('the core', () => {
  it('is pure: no clock, timer, chance, process, network or Node-RED', () => {
    assert.deepEqual(
      sourceFiles('src')
        .filter(({ name }) => PURE.test(name))
        .flatMap(impurities),
      [],
    )
  })

  it('would be caught otherwise', () => {
    const caught = (text: string): number => impurities(parse('src/core/a.ts', text)).length
    for (const text of [
      'Date.now()',
      'new Date()',
      'Math.random()',
      'setTimeout(f, 1)',
      'process.env.X',
      'RED.log',
      'fetch(u)',
    ]) {
      assert.equal(caught(`const x = ${text}`), 1, text)
    }
    for (const text of [
      'new Date(5)',
      'options.process',
      '{ window: 3 }',
      'Math.sin(1)',
      '(window: number) => window',
    ]) {
      assert.equal(caught(`const x = ${text}`), 0, text)
    }
  })
})

describe('modules', () => {
  it('keep no state of their own', () => {
    assert.deepEqual(sourceFiles('src', 'nodes').flatMap(mutableModuleState), [])
    assert.deepEqual(mutableModuleState(parse('src/a.ts', 'let count = 0')), ['src/a.ts: let count = 0'])
  })
})
