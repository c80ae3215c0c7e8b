import { hashOf } from '../../core/contract'
import { InputError } from '../../core/errors'
import { format } from '../../core/messages'
import { explain } from '../../core/thresholds/explain'
import type { CalibrationSettings } from '../../core/thresholds/settings'
import type { Calibration } from '../../core/thresholds/calibration'
import type { Chain } from '../chain/chain'
import { PooledScores } from '../chain/calibrate'
import type { Cutter } from '../chain/cutter'
import { learn, type Learned, type Learners } from '../chain/learn'
import type { Recipe } from '../chain/recipe'
import { Sample, type Framed } from '../chain/sample'
import { splitByTime } from '../chain/split'
import { keepHints } from '../model/hints'
import { readModel } from '../model/stored-model'
import { workingModel } from '../model/working-model'
import { writeModel, type NewBaseline } from '../model/write-model'
import type { Arguments } from '../terminal/arguments'
import type { Command } from '../terminal/command'
import { inputNames } from '../terminal/input'
import type { Terminal } from '../terminal/terminal'
import { UsageError } from '../terminal/usage-error'
import { gather } from './gather'
import { CHANNELS, CUTTING, LEARNING, READING, THRESHOLD } from './options'
import { calibrate, readCalibration, scoresNeeded } from './read-calibration'
import { readLearners, refuseStray } from './read-learners'
import { readReading, readShape, recipeOfShape, type Shape } from './read-recipe'

/** Learns what is normal from CSV files, sets a threshold, and writes both as a model. */
export const fit: Command = {
  name: 'fit',
  summary: 'cli.sumFit',
  synopsis: ['--input FILE[,FILE] [--calibrate FILE] --model DIR [options]', '--calibrate FILE --model DIR'],
  options: [
    { name: 'input', value: 'FILE,FILE', help: 'cli.optFitInput' },
    { name: 'calibrate', value: 'FILE,FILE', help: 'cli.optCalibrate' },
    { name: 'model', value: 'DIR', help: 'cli.optFitModel' },
    { name: 'topic', value: 'NAME', help: 'cli.optTopic' },
    ...CHANNELS,
    ...READING,
    { name: 'context', value: 'COLUMN', help: 'cli.optContext' },
    ...CUTTING,
    ...LEARNING,
    ...THRESHOLD,
  ],
  run: (args, terminal) =>
    args.text('input') === undefined ? recalibrate(args, terminal) : learnAnew(args, terminal),
}

/** What a fit came to. */
interface Outcome {
  readonly recipe: Recipe
  readonly features?: Shape['features']
  readonly baselines: readonly (NewBaseline & { readonly chain: Chain; readonly windows: number })[]
  readonly calibration: Calibration
  readonly settings: CalibrationSettings
}

async function learnAnew(args: Arguments, terminal: Terminal): Promise<void> {
  const folder = args.required('model')
  const shape = readShape(args)
  refuseStray(args)
  const learners = readLearners(args)
  const settings = readCalibration(args)
  const samples = new Map<string | undefined, Sample>()
  const files = await inputNames(args.required('input'))
  const calibrationFiles =
    args.text('calibrate') === undefined ? [] : await inputNames(args.text('calibrate')!)
  let recipe: Recipe | undefined
  const cutter = await gather(
    files,
    shape.wanted,
    (channels) => (recipe = recipeOfShape(shape, channels)),
    {
      items(items) {
        for (const item of items)
          if (item.frame !== undefined) sampleOf(samples, item.context).add(item as Framed)
      },
    },
    terminal,
    true,
  )
  remark(cutter, terminal)
  if (samples.size === 0)
    throw new InputError('cli.nothingToLearn', { field: args.required('input'), rows: cutter.rows })
  const own = calibrationFiles.length === 0
  const learned = new Map<string | undefined, Learned & { windows: number }>()
  const left: Framed[] = []
  for (const [context, sample] of samples) {
    if (sample.every > 1) terminal.note('cli.thinned', { kept: sample.items.length, seen: sample.seen })
    const fewest = learners.detector.minimumRows(sample.items[0]!.frame.channels.length)
    if (sample.items.length < fewest) {
      const params = {
        field: args.required('input'),
        need: fewest,
        got: sample.items.length,
        context: context ?? '',
      }
      throw new InputError(context === undefined ? 'cli.tooFewToLearn' : 'cli.tooFewInContext', params)
    }
    const needed = Math.ceil(scoresNeeded(settings) / samples.size)
    const parts = own ? splitByTime(sample.items, needed, fewest) : { learn: sample.items, calibrate: [] }
    learned.set(context, {
      ...(await learnOne(learners, parts.learn, context, terminal)),
      windows: parts.learn.length,
    })
    for (const item of parts.calibrate) left.push(item)
  }
  const pool = new PooledScores((context) => learned.get(context)?.chain)
  if (own) for (const item of left) await pool.add(item)
  else await addFiles(pool, calibrationFiles, recipe!, terminal, files)
  const calibration = calibrate(settings, timingOf(cutter, recipe!), await pool.finish())
  const baselines = [...learned].map(([context, { chain, windows }]) => ({
    ...(context === undefined ? {} : { context }),
    parts: chain.parts,
    chain,
    windows,
  }))
  await finish(
    args,
    folder,
    { recipe: recipe!, features: shape.features, baselines, calibration, settings },
    terminal,
  )
}

/** Sets the threshold of a model anew: what was learned stays. */
async function recalibrate(args: Arguments, terminal: Terminal): Promise<void> {
  if (args.text('calibrate') === undefined) throw new UsageError('cli.missingOption', { field: '--input' })
  const folder = args.required('model')
  const settings = readCalibration(args)
  const reading = readReading(args)
  const topic = args.text('topic')
  const hop = args.whole('hop', { min: 1 })
  const rate = args.number('rate', { min: 1e-9 })
  const model = workingModel(readModel(folder, topic), folder, {
    reading,
    ...(hop === undefined ? {} : { hop }),
    ...(rate === undefined ? {} : { rate }),
  })
  const pool = new PooledScores((context) => model.chains.get(context))
  const files = await inputNames(args.required('calibrate'))
  const cutter = await addFiles(pool, files, model.recipe, terminal, [])
  const calibration = calibrate(settings, timingOf(cutter, model.recipe), await pool.finish())
  const baselines = [...model.chains].map(([context, chain]) => ({
    ...(context === undefined ? {} : { context }),
    parts: chain.parts,
    chain,
    windows: chain.parts.at(-1)!.report.rows,
  }))
  await finish(
    args,
    folder,
    { recipe: model.recipe, baselines, calibration, settings },
    terminal,
    model.topic,
  )
}

function sampleOf(samples: Map<string | undefined, Sample>, context: string | undefined): Sample {
  let sample = samples.get(context)
  if (sample === undefined) samples.set(context, (sample = new Sample()))
  return sample
}

async function learnOne(
  learners: Learners,
  items: readonly Framed[],
  context: string | undefined,
  terminal: Terminal,
): Promise<Learned> {
  try {
    const learned = await learn(
      learners,
      items.map(({ frame }) => frame),
      { progress: (done, text) => terminal.progress.show(done, text) },
    )
    terminal.progress.done()
    for (const { key, params } of learned.warnings)
      terminal.note('cli.warning', { text: format(key, params) })
    return learned
  } catch (error) {
    if (context === undefined || !(error instanceof InputError)) throw error
    throw new InputError(
      'cli.inContext',
      { field: '--context', context, reason: error.message },
      { cause: error },
    )
  }
}

async function addFiles(
  pool: PooledScores,
  files: readonly string[],
  recipe: Recipe,
  terminal: Terminal,
  learnedFrom: readonly string[],
): Promise<Cutter> {
  if (files.some((file) => learnedFrom.includes(file))) terminal.note('cli.inSample')
  const cutter = await gather(
    files,
    { ...recipe.reading, channels: recipe.channels },
    () => recipe,
    {
      async items(items) {
        for (const item of items) if (item.frame !== undefined) await pool.add(item as Framed)
      },
    },
    terminal,
    true,
  )
  remark(cutter, terminal)
  if (pool.unknown > 0) terminal.note('cli.unknownContexts', { count: pool.unknown })
  return cutter
}

function remark({ badRows, rows, gaps }: Cutter, terminal: Terminal): void {
  if (badRows > 0) terminal.note('cli.badRows', { count: badRows, rows })
  if (gaps > 0) terminal.note('cli.gaps', { count: gaps })
}

/** Seconds that windows are long and apart; 0 where neither a rate nor times tell. */
function timingOf(cutter: Cutter, { window, rate }: Recipe): { hop: number; window: number } {
  const row = window?.resample === undefined ? cutter.secondsPerRow : 1 / window.resample
  if (row === undefined || (rate === undefined && cutter.secondsPerRow === undefined))
    return { hop: 0, window: 0 }
  return { hop: (window?.hop ?? 1) * row, window: (window?.rows ?? 1) * row }
}

async function finish(
  args: Arguments,
  folder: string,
  { recipe, features, baselines, calibration, settings }: Outcome,
  terminal: Terminal,
  topic = args.text('topic') ?? '',
): Promise<void> {
  const stored = { ...calibration.toJSON(), terminal: keepHints(recipe, features) }
  const version = await writeModel(folder, topic, baselines, stored, Date.now())
  for (const { chain } of baselines) chain.dispose()
  const { threshold, n, promise } = calibration
  const explained = explain(settings, calibration)
  const words = explained.flatMap(({ key, params, isWarning }) => (isWarning ? [] : format(key, params)))
  for (const { key, params, isWarning } of explained)
    if (isWarning) terminal.note('cli.warning', { text: format(key, params) })
  const learned = baselines.map(({ context, parts, windows }) => ({
    ...(context === undefined ? {} : { context }),
    windows,
    contract: [...parts.at(-1)!.input, `${parts.at(-1)!.kind}#${parts.at(-1)!.hash}`],
    figures: parts.at(-1)!.report.figures,
  }))
  const json = {
    model: folder,
    version,
    learned,
    calibration: {
      method: settings.method,
      n,
      threshold,
      guaranteed: promise.guaranteed,
      extrapolated: promise.extrapolated,
    },
  }
  terminal.result(json, () => [
    ...learned.map(({ context, windows, contract }) =>
      format(context === undefined ? 'cli.learned' : 'cli.learnedContext', {
        windows,
        context: context ?? '',
        chain: contract.map((line) => (hashOf(line) === undefined ? line : line.split('#')[0]!)).join(' · '),
      }),
    ),
    format('cli.calibrated', { threshold: Number(threshold.toPrecision(6)), method: settings.method, n }),
    ...words,
    format('cli.written', { model: folder, version }),
  ])
}
