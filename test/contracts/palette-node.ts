import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import vm from 'node:vm'
import { type FlowNode, packageRoot } from '../node-red'

/** What the editor is told of a node by `RED.nodes.registerType`. */
export interface Definition {
  readonly category?: string
  readonly color?: string
  readonly icon?: string
  readonly paletteLabel?: string
  readonly inputs?: number
  readonly outputs?: number
  readonly outputLabels?: unknown
  readonly defaults: Readonly<Record<string, { readonly value?: unknown; readonly type?: string }>>
}

/** One node of the palette: a folder below nodes/ with `<name>/<name>.ts`. */
export interface PaletteNode {
  readonly name: string
  readonly type: string
  readonly folder: string
  /** The dialog with the shared rows in place; empty where there is none. */
  readonly dialog: string
  readonly help: string
  /** The texts of a language by dotted key. */
  readonly texts: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** The editor's code of this node, as text. */
  readonly editorCode: string
}

export function paletteNodes(): readonly PaletteNode[] {
  const folder = path.join(packageRoot, 'nodes')
  return readdirSync(folder)
    .filter((name) => existsSync(path.join(folder, name, `${name}.ts`)))
    .map((name) => readNode(name, path.join(folder, name)))
}

function readNode(name: string, folder: string): PaletteNode {
  const code = readdirSync(folder).filter((file) => /\.editor(-part)?\.ts$/.test(file))
  return {
    name,
    type: `anomaly-${name}`,
    folder,
    dialog: withIncludes(textOf(path.join(folder, `${name}.html`))),
    help: textOf(path.join(folder, 'locales', 'en-US', `${name}.html`)),
    texts: readLanguages(path.join(folder, 'locales'), name),
    editorCode: code.map((file) => textOf(path.join(folder, file))).join('\n'),
  }
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

/** Rows that are included may include others. */
function withIncludes(html: string): string {
  return html.replace(/<!-- include (\S+) -->/g, (_, file: string) =>
    withIncludes(textOf(path.join(packageRoot, 'nodes', 'editor', file))),
  )
}

function readLanguages(folder: string, name: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const languages = existsSync(folder) ? readdirSync(folder) : []
  const found = languages.filter((language) => existsSync(path.join(folder, language, `${name}.json`)))
  return new Map(
    found.map((language) => [
      language,
      flatten(JSON.parse(textOf(path.join(folder, language, `${name}.json`)))),
    ]),
  )
}

/** The texts of a catalogue by dotted key. */
export function flatten(value: unknown, prefix = ''): ReadonlyMap<string, string> {
  if (typeof value === 'string') return new Map([[prefix, value]])
  if (value === null || typeof value !== 'object') throw new Error(`${prefix} is no text`)
  const below = Object.entries(value).flatMap(([key, part]) => [
    ...flatten(part, prefix === '' ? key : `${prefix}.${key}`),
  ])
  return new Map(below)
}

/** The scripts that the build put into the html of a node. */
export function builtScript(name: string): string {
  const html = textOf(path.join(packageRoot, 'dist', 'nodes', name, `${name}.html`))
  return /<script type="text\/javascript">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? ''
}

/** What a browser has too. */
const BROWSER = { TextDecoder, TextEncoder, URL, atob, btoa, setTimeout, clearTimeout, window: {} }

/** Runs the built editor code of a node as far as its registration. */
export function definitionOf(name: string): Definition | undefined {
  const definitions: Definition[] = []
  // Whatever else the code touches when it is loaded answers with more of itself.
  const anything: unknown = new Proxy(() => anything, {
    get: (_, key) => (key === Symbol.toPrimitive ? () => '' : anything),
  })
  const nodes = new Proxy(
    { registerType: (_: string, definition: Definition) => definitions.push(definition) },
    {
      get: (target, key) => (key === 'registerType' ? target.registerType : anything),
    },
  )
  const RED = new Proxy({}, { get: (_, key) => (key === 'nodes' ? nodes : anything) })
  vm.runInNewContext(builtScript(name), {
    ...BROWSER,
    RED,
    $: anything,
    jQuery: anything,
    document: anything,
  })
  return definitions[0]
}

export interface Example {
  /** From the folder of the examples. */
  readonly file: string
  readonly flow: readonly FlowNode[]
}

export function examples(): readonly Example[] {
  const folder = path.join(packageRoot, 'examples')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({ file, flow: JSON.parse(textOf(path.join(folder, file))) as readonly FlowNode[] }))
}
