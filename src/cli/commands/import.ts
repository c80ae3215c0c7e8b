import fs from 'node:fs'
import path from 'node:path'
import { contractOf } from '../../core/frame'
import { LOSSES } from '../../core/autoencoder/spec'
import { format } from '../../core/messages'
import { LAYOUTS } from '../../model/onnx/layout'
import { readBytes } from '../../model/atomic-file'
import { importFile, type ImportedFile } from '../../model/import/import-file'
import type { Calibration } from '../../model/manifest'
import { contractAfter, type NamedPart } from '../chain/chain'
import { outputOf, type Recipe } from '../chain/recipe'
import { partOf, type ImportSettings } from '../model/imported-part'
import { importedThreshold } from '../model/imported-threshold'
import { keepHints } from '../model/hints'
import { openFolder, readModel } from '../model/stored-model'
import { recipeFor } from '../model/working-model'
import { writeModel } from '../model/write-model'
import type { Arguments } from '../terminal/arguments'
import type { Command } from '../terminal/command'
import type { Terminal } from '../terminal/terminal'
import { UsageError } from '../terminal/usage-error'
import { CHANNELS, CUTTING, READING } from './options'
import { readShape, recipeOfShape, type Shape } from './read-recipe'

/** Largest file that is taken in, bytes. */
const MAX_BYTES = 268_435_456

/** Takes in files of other programs, and models exported here. */
export const importing: Command = {
  name: 'import',
  summary: 'cli.sumImport',
  synopsis: ['FILE [FILE] --model DIR [options]'],
  words: 'FILE',
  options: [
    { name: 'model', value: 'DIR', help: 'cli.optFitModel' },
    { name: 'topic', value: 'NAME', help: 'cli.optTopic' },
    ...CHANNELS.map((option) =>
      option.name === 'channels' ? { ...option, help: 'cli.optImportChannels' as const } : option,
    ),
    ...READING,
    ...CUTTING,
    { name: 'loss', value: 'mse|mae', help: 'cli.optLossImport' },
    { name: 'layout', value: ['auto', ...LAYOUTS].join('|'), help: 'cli.optLayout' },
    { name: 'threshold', value: 'T', help: 'cli.optImportThreshold' },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<void> {
  const folder = args.required('model')
  if (args.words.length === 0) throw new UsageError('cli.missingOption', { field: 'FILE' })
  const files = args.words.map((file) => ({ file, content: importFile(path.basename(file), read(file)) }))
  // A scaler comes before what works on its output.
  files.sort((a, b) => Number(b.content.kind === 'scaler') - Number(a.content.kind === 'scaler'))
  for (const { file, content } of files) {
    if (content.kind === 'bundle') await takeBundle(content.bytes, folder, terminal)
    else await takePart(file, content, args, folder, terminal)
  }
}

function read(file: string): Uint8Array {
  return readBytes(file, MAX_BYTES)
}

async function takeBundle(bytes: Uint8Array, folder: string, terminal: Terminal): Promise<void> {
  const bundle = openFolder(folder)
  const streams = await bundle.importBundle(bytes)
  terminal.result({ model: folder, streams }, () =>
    streams.map(({ topic, context }) =>
      format('cli.imported', { model: folder, what: [topic, context].filter(Boolean).join(' ') || '-' }),
    ),
  )
}

async function takePart(
  file: string,
  content: Exclude<ImportedFile, { kind: 'bundle' }>,
  args: Arguments,
  folder: string,
  terminal: Terminal,
): Promise<void> {
  const topic = args.text('topic') ?? ''
  const shape = readShape(args)
  const before = content.kind === 'scaler' ? undefined : knownScaler(folder, topic)
  const recipe = before?.recipe ?? recipeOfFile(content, shape, args, file)
  const settings: ImportSettings = {
    file: path.basename(file),
    columns: outputOf(recipe).columns,
    names: args.list('channels') !== undefined || recipe.features !== undefined || before !== undefined,
    rows: outputOf(recipe).rows,
    input: before === undefined ? outputOf(recipe).contract : contractAfter(before.scaler),
    loss: args.choice('loss', LOSSES) ?? 'mse',
    layout: args.choice('layout', ['auto', ...LAYOUTS] as const) ?? 'auto',
  }
  const part = partOf(content, settings)
  const parts = before === undefined ? [part] : [before.scaler, part]
  const threshold = importedThreshold(content, args.number('threshold', { min: 0 }))
  const calibration =
    threshold === undefined
      ? undefined
      : ({ ...threshold, terminal: keepHints(recipe, shape.features) } as Calibration)
  const version = await writeModel(folder, topic, [{ parts }], calibration, Date.now())
  const contract = contractOf({
    channels: [],
    start: 0,
    data: new Float32Array(0),
    contract: contractAfter(part),
  })
  terminal.result(
    { model: folder, version, kind: content.kind, contract, threshold: threshold?.threshold ?? null },
    () => [
      format('cli.imported', { model: folder, what: part.kind }),
      ...(threshold === undefined && part.role === 'detector' ? [format('cli.noThreshold')] : []),
    ],
  )
}

/** A scaler that was taken in before, and how its rows are made. */
function knownScaler(folder: string, topic: string): { recipe: Recipe; scaler: NamedPart } | undefined {
  if (!fs.existsSync(folder)) return undefined
  const baseline = readModel(folder, topic).baselines.find(({ context }) => context === undefined)
  const scaler = baseline?.parts.find(({ role }) => role === 'scaler')
  return baseline === undefined || scaler === undefined ? undefined : { recipe: recipeFor(baseline), scaler }
}

function recipeOfFile(
  content: Exclude<ImportedFile, { kind: 'bundle' }>,
  shape: Shape,
  args: Arguments,
  file: string,
): Recipe {
  const own =
    content.kind === 'robust-z'
      ? content.baseline.columns
      : content.kind === 'scaler'
        ? content.scaler.channels
        : undefined
  const channels = args.list('channels') ?? own
  if (channels === undefined) throw new UsageError('cli.needsChannels', { field: '--channels', file })
  return recipeOfShape(shape, channels)
}
