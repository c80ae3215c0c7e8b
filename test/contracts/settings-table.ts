import { definitionOf, paletteNodes, type PaletteNode } from './palette-node'

const MODEL = '@edge-anomaly/node-red-anomaly/anomaly-model:'
/** Settings that need no word: the name of a node, and what tells old flows from new ones. */
const SILENT = new Set(['name', 'version'])

/** Every setting of every node: its property, its words in the dialog, its default and its choices, as a Markdown page. */
export function settingsTable(): string {
  const nodes = paletteNodes()
  const model = nodes.find(({ name }) => name === 'model')!.texts.get('en-US')!
  return [
    '# Settings',
    '',
    'Every setting of every node: the property of the flow, what the dialog calls it, its default, its choices, and what an empty',
    'field shows for an example. A default in italics is what an empty field means. Each text setting takes `${NAME}` for an',
    'environment variable. What a setting is for stands in the help of its node.',
    ...nodes.flatMap((node) => section(node, model)),
    '',
  ].join('\n')
}

function section(node: PaletteNode, model: ReadonlyMap<string, string>): readonly string[] {
  const own = node.texts.get('en-US')!
  const text = (key: string): string =>
    (key.startsWith(MODEL) ? model.get(key.slice(MODEL.length)) : own.get(key)) ?? ''
  const { defaults } = definitionOf(node.name)!
  const rows = Object.entries(defaults)
    .filter(([property]) => !SILENT.has(property))
    .map(([property, { value, type }]) => {
      const field = fieldOf(node.dialog, property, text)
      const { label, choices, example } = field
      const shown = type === undefined ? defaultOf(value, field) : '–'
      return `| \`${property}\` | ${[label, shown, choices, example].map(cell).join(' | ')} |`
    })
  return [
    '',
    `## ${node.name}`,
    '',
    '| property | dialog | default | choices | example |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ]
}

interface Field {
  readonly label: string
  readonly choices: string
  /** What the field means while it is empty, as it shows itself. */
  readonly hint: string
  /** What may be filled in, as the empty field shows. */
  readonly example: string
  /** What stands behind the field: its unit. */
  readonly unit: string
  /** The words of a choice by its value. */
  readonly words: ReadonlyMap<string, string>
}

/** What the dialog says of a property: from the row that its field stands in. */
function fieldOf(dialog: string, property: string, text: (key: string) => string): Field {
  const id = `id="node-(?:config-)?input-${property}"`
  const own = new RegExp(`<(?:input|select)[^>]*${id}[^>]*>`).exec(dialog)?.[0] ?? ''
  const row =
    dialog
      .split(/<div class="form-row/)
      .find((part) => own !== '' && part.includes(own))
      ?.replace(/<\/div>[^]*/, '') ?? ''
  const after = row.slice(row.indexOf(own) + own.length)
  const options = own.startsWith('<select') ? after.slice(0, after.indexOf('</select>')) : ''
  const words = new Map(
    [...options.matchAll(/<option value="([^"]*)"(?: data-i18n="([^"]*)")?[^>]*>([^<]*)/g)].map(
      ([, value, key, plain]) => [value!, key === undefined ? plain!.trim() : text(key)] as const,
    ),
  )
  const behind = after.slice(options.length).split(/<(?:input|select|button)/)[0]!
  const label = /<label[^>]*>([^]*?)<\/label>/.exec(row)?.[0] ?? ''
  const spoken = /data-i18n="\[(?:aria-label|title)\]([^";]+)"/.exec(own)?.[1]
  const textsIn = (html: string): string =>
    [...html.matchAll(/data-i18n="([^"[\]]+)"/g)].map(([, key]) => text(key!)).join(' ')
  return {
    label: textsIn(label) || (spoken === undefined ? text(`field.${property}`) : text(spoken)),
    choices: [...words.values()].join('; '),
    ...readHint(
      /placeholder="([^"]*)"/.exec(own)?.[1] ?? text(/\[placeholder\]([^";]+)/.exec(own)?.[1] ?? ''),
    ),
    unit: own.includes('checkbox') ? '' : textsIn(behind.replace(/<label[^]*?<\/label>/g, '')),
    words,
  }
}

/** A placeholder says what an empty field means, or gives an example by `e.g.`, or both: `e.g. low, high; empty: all`. */
function readHint(placeholder: string): Pick<Field, 'hint' | 'example'> {
  const clauses = placeholder.split('; ')
  const isExample = (clause: string): boolean => /\be\.g\. /.test(clause)
  const join = (some: readonly string[]): string =>
    some.map((clause) => clause.replace(/^(empty:|e\.g\.) /, '')).join('; ')
  return {
    hint: join(clauses.filter((clause) => !isExample(clause))),
    example: join(clauses.filter(isExample)),
  }
}

function defaultOf(value: unknown, { hint, unit, words }: Field): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (value !== null && typeof value === 'object') {
    const list = Array.isArray(value) ? value : Object.keys(value)
    return list.length === 0 ? '–' : list.every((each) => typeof each === 'string') ? list.join(', ') : '–'
  }
  if (value === '' || value === undefined)
    return hint === '' ? '–' : `*${hint}*${isNumber(hint) ? ` ${unit}` : ''}`
  const said = String(value)
  return words.get(said) ?? `${said}${isNumber(said) ? ` ${unit}` : ''}`
}

const isNumber = (said: string): boolean => /^\d+(\.\d+)?$/.test(said)

function cell(words: string): string {
  return words.replace(/\|/g, '\\|').replace(/\s+/g, ' ').trim() || '–'
}
