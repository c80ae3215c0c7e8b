import fs from 'node:fs'
import path from 'node:path'
import { LOSSES } from '../../core/autoencoder/spec'
import { ConfigError, InputError } from '../../core/errors'
import { format } from '../../core/messages'
import { usualHop } from '../../core/extent'
import { makeScaler } from '../../core/scalers/scaler'
import { SCALER_METHODS } from '../../core/scalers/registry'
import { LAYOUTS } from '../../model/onnx/layout'
import { readBytes } from '../../model/atomic-file'
import { givenThreshold } from '../../model/import/given-threshold'
import { detectFile } from '../../model/import/detect'
import { importFile, type ImportedFile } from '../../model/import/import-file'
import { readSensadMeta } from '../../model/import/sensad'
import { toPart, type ForeignFile, type ImportSettings } from '../../model/import/to-part'
import type { Calibration } from '../../model/manifest'
import { contractAfter, type NamedPart } from '../../model/named-part'
import { learnPart } from '../chain/learn'
import { outputOf, type Recipe } from '../chain/recipe'
import { Sample, type Framed } from '../chain/sample'
import { keepHints } from '../model/hints'
import { openFolder, readModel } from '../model/stored-model'
import { recipeFor } from '../model/working-model'
import { writeModel } from '../model/write-model'
import type { Arguments } from '../terminal/arguments'
import type { Command } from '../terminal/command'
import { inputNames } from '../terminal/input'
import type { Terminal } from '../terminal/terminal'
import { UsageError } from '../terminal/usage-error'
import { gather } from './gather'
import { CHANNELS, CUTTING, READING } from './options'
import { readShape, recipeOfShape, type Shape } from './read-recipe'

/** Largest file that is taken in, bytes. */
const MAX_BYTES = 268_435_456

/** Takes in files of other programs, and models exported here. */
export const importing: Command = {
  name: 'import',
  summary: 'cli.sumImport',
  synopsis: ['[FILE] --model DIR [options]'],
  words: 'FILE',
  options: [
    { name: 'model', value: 'DIR', help: 'cli.optFitModel' },
    { name: 'topic', value: 'NAME', help: 'cli.optTopic' },
    ...CHANNELS.map((option) =>
      option.name === 'channels' ? { ...option, help: 'cli.optImportChannels' as const } : option,
    ),
    ...READING,
    ...CUTTING,
    { name: 'scaler', value: 'standard|minmax|robust', help: 'cli.optImportScaler' },
    { name: 'input', value: 'FILE,FILE', help: 'cli.optImportInput' },
    { name: 'loss', value: 'mse|mae', help: 'cli.optLossImport' },
    { name: 'layout', value: ['auto', ...LAYOUTS].join('|'), help: 'cli.optLayout' },
    { name: 'threshold', value: 'T', help: 'cli.optImportThreshold' },
  ],
  run,
}

/** What was taken in, for the terminal. */
interface Taken {
  readonly json: object
  readonly lines: readonly string[]
}

async function run(args: Arguments, terminal: Terminal): Promise<void> {
  const folder = args.required('model')
  if (args.words.length === 0) throw new UsageError('cli.missingOption', { field: 'FILE' })
  const contents = args.words.map((file) => ({ file, bytes: read(file) }))
  // What sensad notes beside its baseline belongs to that; alone it is no model.
  const metas = contents.filter(({ file, bytes }) => detectFile(path.basename(file), bytes) === 'sensad-meta')
  const models = contents.filter((each) => !metas.includes(each))
  const files = (models.length === 0 ? metas : models).map(({ file, bytes }) => ({
    file,
    content: importFile(path.basename(file), bytes),
    meta: (metas.find((meta) => path.dirname(meta.file) === path.dirname(file)) ?? metas[0])?.file,
  }))
  // A scaler comes before what works on its output.
  files.sort((a, b) => Number(b.content.kind === 'scaler') - Number(a.content.kind === 'scaler'))
  const shape = withRows(
    readShape(args, 'none'),
    files.map(({ content }) => content),
    args.list('channels')?.length,
  )
  const scaling = await learnScaling(args, files, shape, terminal)
  const taken: Taken[] = []
  for (const { file, content, meta } of files) {
    taken.push(
      content.kind === 'bundle'
        ? await takeBundle(content.bytes, folder)
        : await takePart({ file, meta }, content, shape, args, folder, scaling),
    )
  }
  terminal.result(taken.length === 1 ? taken[0]!.json : taken.map(({ json }) => json), () =>
    taken.flatMap(({ lines }) => lines),
  )
}

function read(file: string): Uint8Array {
  return readBytes(file, MAX_BYTES)
}

/** A network that takes several rows at a time says how many. */
function withRows(shape: Shape, contents: readonly ImportedFile[], channels: number | undefined): Shape {
  if (shape.window !== undefined || channels === undefined) return shape
  for (const content of contents) {
    const rows =
      content.kind === 'onnx'
        ? rowsOf(content.model.inputs[0]?.dims ?? [], channels)
        : content.kind === 'dense-autoencoder'
          ? content.network.inputs / channels
          : 1
    if (Number.isInteger(rows) && rows > 1) return { ...shape, window: { rows, hop: usualHop(rows) } }
  }
  return shape
}

/** Rows of an input [batch, rows, channels]; 1 for anything else. */
function rowsOf(dims: readonly (number | string | null)[], channels: number): number {
  const [, rows, columns] = dims
  return dims.length === 3 && typeof rows === 'number' && columns === channels ? rows : 1
}

async function takeBundle(bytes: Uint8Array, folder: string): Promise<Taken> {
  const streams = await openFolder(folder).importBundle(bytes)
  return {
    json: { model: folder, streams },
    lines: streams.map(({ topic, context }) =>
      format('cli.imported', { model: folder, what: [topic, context].filter(Boolean).join(' ') || 'model' }),
    ),
  }
}

async function takePart(
  { file, meta }: { readonly file: string; readonly meta?: string },
  content: ForeignFile,
  shape: Shape,
  args: Arguments,
  folder: string,
  scaling: Scaling | undefined,
): Promise<Taken> {
  const topic = args.text('topic') ?? ''
  const before = content.kind === 'scaler' ? undefined : (scaling ?? lonelyScaler(folder, topic, shape))
  const recipe = before?.recipe ?? recipeOfShape(shape, channelsOf(content, args, file))
  const { columns, rows, contract } = outputOf(recipe)
  const learnedFrom = content.kind === 'robust-z' ? rowsOfMeta(file, meta) : undefined
  const settings: ImportSettings = {
    file: path.basename(file),
    columns,
    rows,
    isNamed: args.list('channels') !== undefined || recipe.features !== undefined || before !== undefined,
    input: before === undefined ? contract : contractAfter(before.scaler),
    loss: args.choice('loss', LOSSES) ?? 'mse',
    layout: args.choice('layout', ['auto', ...LAYOUTS] as const) ?? 'auto',
    ...(learnedFrom === undefined ? {} : { learnedFrom }),
  }
  const part = toPart(content, settings)
  const threshold = givenThreshold(content, args.number('threshold', { min: 0 }))
  const calibration =
    threshold === undefined || part.role === 'scaler'
      ? undefined
      : ({ ...threshold, terminal: keepHints(recipe, shape.features) } as Calibration)
  const parts = before === undefined ? [part] : [before.scaler, part]
  const version = await writeModel(folder, topic, [{ parts }], calibration, Date.now())
  const value = calibration?.threshold ?? null
  return {
    json: { model: folder, version, kind: content.kind, contract: contractAfter(part), threshold: value },
    lines: [
      format('cli.imported', { model: folder, what: part.kind }),
      ...(value === null && part.role === 'detector' ? [format('cli.noThreshold')] : []),
    ],
  }
}

/** Rows that sensad learned from, by the meta.json that is given, or that it keeps beside its baseline. */
function rowsOfMeta(file: string, meta = path.join(path.dirname(file), 'meta.json')): number | undefined {
  return fs.existsSync(meta) ? readSensadMeta(read(meta), meta).rows : undefined
}

/** A scaler in front of what is taken in, and how its rows are made. */
interface Scaling {
  readonly recipe: Recipe
  readonly scaler: NamedPart
}

/**
 * A network from elsewhere may have been trained behind a scaler that no file holds, since its program fits one anew each time:
 * learned from the same rows, it is the same.
 * @throws UsageError, ConfigError where the options or files do not go together
 */
async function learnScaling(
  args: Arguments,
  files: readonly { readonly file: string; readonly content: ImportedFile }[],
  shape: Shape,
  terminal: Terminal,
): Promise<Scaling | undefined> {
  const methods = SCALER_METHODS.filter((name) => name !== 'none')
  const method = args.choice('scaler', methods)
  const input = args.text('input')
  if (method === undefined && input === undefined) return undefined
  if (method === undefined || input === undefined)
    throw new UsageError('cli.missingOption', { field: method === undefined ? '--scaler' : '--input' })
  const other = files.find(({ content }) => content.kind === 'scaler' || content.kind === 'bundle')
  if (other !== undefined) throw new ConfigError('cli.notBoth', { field: '--scaler', other: other.file })
  const channels = channelsOf(files[0]!.content as ForeignFile, args, files[0]!.file)
  const sample = new Sample()
  const recipe = recipeOfShape(shape, channels)
  const { rows } = await gather(
    await inputNames(input),
    { ...shape.wanted, channels },
    () => recipe,
    {
      items(items) {
        for (const item of items) if (item.frame !== undefined) sample.add(item as Framed)
      },
    },
    terminal,
    true,
  )
  const frames = sample.items.map(({ frame }) => frame)
  if (frames.length === 0) throw new InputError('cli.nothingToLearn', { field: '--input', rows })
  const scaler = await learnPart(makeScaler({ method }), 'scaler', frames, {})
  for (const { key, params } of scaler.report.warnings)
    terminal.note('cli.warning', { text: format(key, params) })
  return { recipe, scaler }
}

/** A scaler that was taken in and waits for its detector, and how its rows are made. */
function lonelyScaler(folder: string, topic: string, { reading, window, rate }: Shape): Scaling | undefined {
  if (!fs.existsSync(folder)) return undefined
  const [baseline] = readModel(folder, topic).baselines
  const [scaler, ...others] = baseline?.parts ?? []
  if (baseline === undefined || scaler?.role !== 'scaler' || others.length > 0) return undefined
  return { recipe: recipeFor(baseline, { reading, hop: window?.hop, rate }), scaler }
}

function channelsOf(content: ForeignFile, args: Arguments, file: string): readonly string[] {
  const own =
    content.kind === 'robust-z'
      ? content.baseline.columns
      : content.kind === 'scaler'
        ? content.scaler.channels
        : undefined
  const channels = args.list('channels') ?? own
  if (channels === undefined) throw new UsageError('cli.needsChannels', { field: '--channels', file })
  return channels
}
