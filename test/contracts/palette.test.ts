import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { packageRoot } from '../node-red'
import { localeKeys, missingKeys, unlabelled, untranslated } from './dialog'
import { builtScript, definitionOf, examples, flatten, type PaletteNode, paletteNodes } from './palette-node'

interface Manifest {
  readonly name: string
  readonly license?: string
  readonly repository?: { readonly url: string }
  readonly bugs?: { readonly url: string }
  readonly keywords: readonly string[]
  readonly engines: { readonly node: string }
  readonly dependencies: Readonly<Record<string, string>>
  readonly 'node-red': { readonly version: string; readonly nodes: Readonly<Record<string, string>> }
}

const manifest = JSON.parse(readFileSync(path.join(packageRoot, 'package.json'), 'utf8')) as Manifest
const nodes = paletteNodes()

/** Runs one check over all nodes and lists everything that is wrong at once. */
function assertNothing(check: (node: PaletteNode) => readonly string[]): void {
  assert.ok(nodes.length > 0)
  assert.deepEqual(
    nodes.flatMap((node) => check(node).map((what) => `${node.name}: ${what}`)),
    [],
  )
}

describe('every node of the palette', () => {
  const model = flatten({
    ...(JSON.parse(
      readFileSync(path.join(packageRoot, 'nodes/model/locales/en-US/model.json'), 'utf8'),
    ) as object),
    runtime: Object.fromEntries(
      readdirSync(path.join(packageRoot, 'src/core/messages/en-US')).map((file) => [
        path.basename(file, '.json'),
        JSON.parse(readFileSync(path.join(packageRoot, 'src/core/messages/en-US', file), 'utf8')) as unknown,
      ]),
    ),
  })
  const shown = new Set(examples().flatMap(({ flow }) => flow.map(({ type }) => type)))

  it('has dialog, help, locale, icon, example and test', () => {
    assertNothing(({ name, type, folder, dialog, help, texts }) => {
      const missing: string[] = []
      if (!dialog.includes(`data-template-name="${type}"`)) missing.push('no dialog')
      if (!help.includes(`data-help-name="${type}"`)) missing.push('no help')
      if (!existsSync(path.join(folder, `${name}.editor.ts`))) missing.push('no editor code')
      if (!texts.has('en-US')) missing.push('no locale')
      if (!existsSync(path.join(packageRoot, 'icons', `${type}.svg`))) missing.push('no icon')
      if (!shown.has(type)) missing.push('in no example')
      if (!existsSync(path.join(packageRoot, 'test', 'nodes', `${name}.test.ts`))) missing.push('no test')
      return missing
    })
  })

  it('is listed in package.json, which lists nothing else', () => {
    const expected = Object.fromEntries(
      nodes.map(({ name, type }) => [type, `dist/nodes/${name}/${name}.js`]),
    )
    assert.deepEqual({ ...manifest['node-red'].nodes }, expected)
  })

  it('is built with its html, locales and icon beside it, where Node-RED looks for them', () => {
    assertNothing(({ name, type }) =>
      [
        `${name}.js`,
        `${name}.html`,
        `locales/en-US/${name}.json`,
        `locales/en-US/${name}.html`,
        `icons/${type}.svg`,
      ]
        .filter((file) => !existsSync(path.join(packageRoot, 'dist', 'nodes', name, file)))
        .map((file) => `dist lacks ${file}`),
    )
  })

  it('registers under its type, with its icon, short label and category', () => {
    assertNothing(({ name, type }) => {
      const { category, icon, paletteLabel, color, defaults } = definitionOf(name) ?? { defaults: {} }
      const wrong: string[] = []
      if (!['anomaly', 'config'].includes(category ?? '')) wrong.push(`category ${category ?? 'missing'}`)
      if (icon !== undefined && icon !== `${type}.svg`) wrong.push(`icon ${icon}`)
      if (category === 'anomaly' && icon === undefined) wrong.push('no icon')
      if (category === 'anomaly' && paletteLabel !== name)
        wrong.push(`palette label ${paletteLabel ?? 'missing'}`)
      if (category === 'anomaly' && !/^#[0-9a-f]{6}$/i.test(color ?? ''))
        wrong.push(`colour ${color ?? 'missing'}`)
      // Node-RED keeps names of one letter for itself (x, y, z, d, g, l).
      for (const key of Object.keys(defaults)) if (key.length === 1) wrong.push(`setting ${key}`)
      return wrong
    })
  })

  it('keeps its registration readable for the official scorecard: a literal type and category', () => {
    assertNothing(({ name, type }) => {
      const category = definitionOf(name)?.category
      const found = registrations(builtScript(name))
      const isThere = found.some(([first, second]) => first === type && second === category)
      return isThere ? [] : [`the built html registers ${JSON.stringify(found)}`]
    })
  })

  it('uses locale keys that exist', () => {
    assertNothing(({ dialog, editorCode, texts }) => {
      const inCode = [...editorCode.matchAll(/\bthis\._\(\s*'([\w.-]+)'/g)].map(([, key]) => key!)
      return missingKeys(
        [...localeKeys(dialog), ...inCode],
        new Set(texts.get('en-US')?.keys() ?? []),
        new Set(model.keys()),
      ).map((key) => `no text for ${key}`)
    })
  })

  it('has the same keys and placeholders in every language', () => {
    assertNothing(({ texts }) => {
      const english = texts.get('en-US') ?? new Map<string, string>()
      return [...texts].flatMap(([language, other]) => [
        ...[...english.keys()].filter((key) => !other.has(key)).map((key) => `${language} lacks ${key}`),
        ...[...other.keys()].filter((key) => !english.has(key)).map((key) => `${language} has ${key} beyond`),
        ...[...english]
          .filter(([key, text]) => other.has(key) && placeholders(text) !== placeholders(other.get(key)!))
          .map(([key]) => `${language} fills other places in ${key}`),
      ])
    })
  })

  it('says nothing in its html that a locale cannot translate', () => {
    assertNothing(({ dialog }) => untranslated(dialog).map((text) => `"${text}"`))
    assert.deepEqual(untranslated('<b>Rate</b><i title="press me" data-i18n="x"></i><option>8N1</option>'), [
      'Rate',
      'press me',
    ])
  })

  it('marks names in its help as code, and nothing as bold or italic', () => {
    assertNothing(({ help }) => [...help.matchAll(/<(?:i|b|em|strong)\b[^>]*>/g)].map(([tag]) => tag))
  })

  it('names every field for a screen reader', () => {
    assertNothing(({ dialog }) => unlabelled(dialog))
    assert.equal(unlabelled('<label>a</label><input type="text" id="b" />').length, 2)
    assert.equal(unlabelled('<label for="b">a</label><input type="text" id="b" />').length, 0)
  })

  it('has an icon in white on nothing, 40 × 60', () => {
    assertNothing(({ type }) => {
      const svg = readFileSync(path.join(packageRoot, 'icons', `${type}.svg`), 'utf8')
      const colours = [...svg.matchAll(/(?:fill|stroke)="([^"]*)"/g)].map(([, colour]) => colour!)
      const wrong = colours.filter((colour) => !['none', '#fff'].includes(colour))
      return [...wrong, ...(svg.includes('viewBox="0 0 40 60"') ? [] : ['another size'])]
    })
  })
})

describe('every example', () => {
  /** Core nodes, and what the example itself names as a module that must be installed. */
  const MODULES: Readonly<Record<string, RegExp>> = { '@flowfuse/node-red-dashboard': /^ui-/ }
  const CORE =
    /^(tab|comment|group|inject|debug|function|change|switch|template|delay|exec|csv|file in|http .*|catch|status|complete|link .*|mqtt .*|mqtt-broker|global-config)$/

  it('has no node beyond the core, the package and the modules that it names', () => {
    const own = new Set(nodes.map(({ type }) => type))
    const strange = examples().flatMap(({ file, flow }) => {
      const named = Object.keys(flow.find(({ type }) => type === 'global-config')?.['modules'] ?? {})
      const isKnown = (type: string): boolean =>
        own.has(type) || CORE.test(type) || named.some((module) => MODULES[module]?.test(type) === true)
      return flow.filter(({ type }) => !isKnown(type)).map(({ type }) => `${file}: ${type}`)
    })
    assert.deepEqual(strange, [])
  })

  it('has a tab, and a comment that says in steps what to do, where the buttons come in, and what is seen', () => {
    const bad = examples().flatMap(({ file, flow }) => {
      const texts = flow.filter(({ type }) => type === 'comment').map(({ info }) => String(info ?? ''))
      const lacks: string[] = []
      if (!flow.some(({ type }) => type === 'tab')) lacks.push('a tab')
      const [first = ''] = texts
      if (!/^1\. .*^2\. /ms.test(first)) lacks.push('numbered steps')
      if (!first.includes('**Deploy')) lacks.push('Deploy')
      if (!/\byou see\b/i.test(first)) lacks.push('what is seen')
      if (flow.some(({ type }) => type === 'mqtt-broker') && !first.includes('`npm start`'))
        lacks.push('the rig')
      const buttons = flow.filter(({ type, repeat }) => type === 'inject' && repeat === '')
      for (const { name, once } of buttons)
        if (once !== true && !texts.some((text) => text.includes(`**${String(name)}**`)))
          lacks.push(`the button ${String(name)}`)
      return lacks.map((what) => `${file}: ${what}`)
    })
    assert.deepEqual(bad, [])
  })

  it('gives each node all the settings that its dialog has, and no other', () => {
    const settings = new Map(
      nodes.map(({ name, type }) => [type, new Set(Object.keys(definitionOf(name)?.defaults ?? {}))]),
    )
    const always = new Set(['id', 'type', 'z', 'x', 'y', 'wires', 'd', 'g', 'l', 'info', 'name'])
    const bad = examples().flatMap(({ file, flow }) =>
      flow.flatMap((node) => {
        const known = settings.get(node.type)
        if (known === undefined) return []
        const lacks = [...known].filter((key) => !(key in node)).map((key) => `lacks ${key}`)
        const beyond = Object.keys(node).filter((key) => !known.has(key) && !always.has(key))
        return [...lacks, ...beyond.map((key) => `has ${key}`)].map((what) => `${file}: ${node.type} ${what}`)
      }),
    )
    assert.deepEqual(bad, [])
  })

  it('wires nodes that are there', () => {
    const bad = examples().flatMap(({ file, flow }) => {
      const ids = new Set(flow.map(({ id }) => id))
      const targets = flow.flatMap(
        (node) => (node['wires'] as readonly (readonly string[])[] | undefined)?.flat() ?? [],
      )
      return targets.filter((id) => !ids.has(id)).map((id) => `${file}: ${id}`)
    })
    assert.deepEqual(bad, [])
  })
})

describe('the package, by the checks of the official scorecard', () => {
  it('P01, P03: has a licence and says where it lives', () => {
    assert.equal(manifest.license, 'Apache-2.0')
    assert.ok(existsSync(path.join(packageRoot, 'LICENSE')))
    assert.match(manifest.repository?.url ?? '', /^git\+https:/)
    assert.match(manifest.bugs?.url ?? '', /^https:/)
  })

  it('P04, P05: has a scoped name and the keyword', () => {
    assert.match(manifest.name, /^@[\w-]+\/node-red-[\w-]+$/)
    assert.ok(manifest.keywords.includes('node-red'))
  })

  it('P06, P07: runs on Node-RED 4 and 5, on Node 20 and later', () => {
    assert.equal(manifest['node-red'].version, '>=4.0.0')
    assert.equal(manifest.engines.node, '>=20')
  })

  it('N01: names its types so that nobody else does', () => {
    for (const type of Object.keys(manifest['node-red'].nodes)) assert.match(type, /^anomaly-[a-z][a-z-]+$/)
  })

  it('D01: has at most six dependencies, none of them native', () => {
    const names = Object.keys(manifest.dependencies)
    assert.ok(names.length <= 6, names.join(', '))
    for (const native of ['onnxruntime-node', 'serialport', 'koffi', 'i2c-bus'])
      assert.ok(!names.includes(native))
  })
})

function placeholders(text: string): string {
  return [...text.matchAll(/__\w+?__/g)]
    .map(([place]) => place)
    .sort()
    .join(' ')
}

/** First argument and category of each `….registerType('x', { category: 'y' })`, where they stand there as literals. */
function registrations(script: string): readonly (readonly [string, string | undefined])[] {
  const found: (readonly [string, string | undefined])[] = []
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit)
    if (!ts.isCallExpression(node) || !node.expression.getText().endsWith('.registerType')) return
    const [type, definition] = node.arguments
    if (type === undefined || definition === undefined || !ts.isStringLiteral(type)) return
    if (!ts.isObjectLiteralExpression(definition)) return
    // Where a spread (`...shared`) is among the settings, the scorecard stops reading and misses the node.
    const settings = definition.properties.find((property) => property.name?.getText() === 'defaults')
    const inline = settings !== undefined && ts.isPropertyAssignment(settings) && settings.initializer
    const listed = [
      ...definition.properties,
      ...(inline && ts.isObjectLiteralExpression(inline) ? inline.properties : []),
    ]
    if (listed.some((property) => ts.isSpreadAssignment(property))) return
    const category = definition.properties.find((property) => property.name?.getText() === 'category')
    const isLiteral =
      category !== undefined && ts.isPropertyAssignment(category) && ts.isStringLiteral(category.initializer)
    found.push([type.text, isLiteral ? category.initializer.text : undefined])
  }
  visit(ts.createSourceFile('built.js', script, ts.ScriptTarget.ES2022, true))
  return found
}
