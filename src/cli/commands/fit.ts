import { hashOf } from '../../core/contract'
import { InputError } from '../../core/errors'
import { format } from '../../core/messages'
import { explain } from '../../core/thresholds/explain'
import { shownPercent } from '../../core/thresholds/method'
import type { Chain } from '../chain/chain'
import { PooledScores } from '../chain/calibrate'
import type { Cutter } from '../chain/cutter'
import { learn, type Learned, type Learners } from '../chain/learn'
import type { Recipe } from '../chain/recipe'
import type { Wanted } from '../csv/columns'
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
import { isSameFile } from '../terminal/same-file'
import { inTerms, told } from '../terminal/terms'
import { UsageError } from '../terminal/usage-error'
import { gather } from './gather'
import { CHANNELS, CUTTING, LEARNING, READING, THRESHOLD } from './options'
import { calibrate, readCalibration, scoresNeeded, type Calibrated } from './read-calibration'
import { readLearners, refuseLearnt, refuseStray } from './read-learners'
import { readReading, readShape, recipeOfShape, rememberedBy, type Shape } from './read-recipe'

/** Learned from a smaller share of the windows than this, a model deserves a word. */
const FEW = 0.4

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
interface Outcome extends Calibrated {
  readonly recipe: Recipe
  readonly features?: Shape['features']
  readonly baselines: readonly (NewBaseline & { readonly chain: Chain; readonly windows: number })[]
  /** True where it was calibrated on what was learned from. */
  readonly isInSample: boolean
}

async function learnAnew(args: Arguments, terminal: Terminal): Promise<void> {
  const folder = args.required('model')
  const shape = readShape(args)
  refuseStray(args)
  const learners = readLearners(args)
  const wish = readCalibration(args)
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
    const n = sample.items.length
    if (sample.every > 1) terminal.note('cli.thinned', { kept: n, seen: sample.seen })
    const fewest = learners.detector.minimumRows(sample.items[0]!.frame.channels.length)
    if (n < fewest) {
      const params = { field: args.required('input'), need: fewest, got: n, context: context ?? '' }
      throw new InputError(context === undefined ? 'cli.tooFewToLearn' : 'cli.tooFewInContext', params)
    }
    const scores = Math.ceil(scoresNeeded(wish.settings) / samples.size)
    const parts = own
      ? splitByTime(sample.items, { scores, isFirm: !wish.isUsual, fewest })
      : { learn: sample.items, calibrate: [] }
    if (own && parts.learn.length < FEW * n)
      terminal.note('cli.fewLearned', { learned: parts.learn.length, of: n, scores })
    learned.set(context, {
      ...(await learnOne(learners, parts.learn, context, terminal)),
      windows: parts.learn.length,
    })
    for (const item of parts.calibrate) left.push(item)
  }
  const pool = new PooledScores((context) => learned.get(context)?.chain)
  if (own) for (const item of left) await pool.add(item)
  else
    await addFiles(
      pool,
      calibrationFiles,
      { ...recipe!.reading, channels: recipe!.channels },
      recipe!,
      terminal,
    )
  const isInSample = calibrationFiles.some((file) => files.some((learnt) => isSameFile(file, learnt)))
  const calibrated = calibrate(wish, timingOf(cutter, recipe!), await pool.finish())
  const baselines = [...learned].map(([context, { chain, windows }]) => ({
    ...(context === undefined ? {} : { context }),
    parts: chain.parts,
    chain,
    windows,
  }))
  await finish(
    args,
    folder,
    { recipe: recipe!, features: shape.features, baselines, ...calibrated, isInSample },
    terminal,
  )
}

/** Sets the threshold of a model anew: what was learned stays. */
async function recalibrate(args: Arguments, terminal: Terminal): Promise<void> {
  if (args.text('calibrate') === undefined) throw new UsageError('cli.missingOption', { field: '--input' })
  const folder = args.required('model')
  refuseLearnt(args)
  const wish = readCalibration(args)
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
  const { channels } = model.recipe
  const wanted = { ...model.recipe.reading, channels, remembered: rememberedBy(args) }
  const cutter = await addFiles(pool, files, wanted, model.recipe, terminal)
  const calibrated = calibrate(wish, timingOf(cutter, model.recipe), await pool.finish())
  const baselines = [...model.chains].map(([context, chain]) => ({
    ...(context === undefined ? {} : { context }),
    parts: chain.parts,
    chain,
    windows: chain.parts.at(-1)!.report.rows,
  }))
  await finish(
    args,
    folder,
    { recipe: model.recipe, baselines, ...calibrated, isInSample: false },
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
      { progress: (done, said) => terminal.progress.show(done, said?.text) },
    )
    terminal.progress.done()
    for (const { key, params } of learned.warnings)
      terminal.note('cli.warning', { text: format(key, params) })
    return learned
  } catch (error) {
    if (context === undefined || !(error instanceof InputError)) throw error
    throw new InputError(
      'cli.inContext',
      { field: '--context', context, reason: told(error).message },
      { cause: error },
    )
  }
}

async function addFiles(
  pool: PooledScores,
  files: readonly string[],
  wanted: Wanted,
  recipe: Recipe,
  terminal: Terminal,
): Promise<Cutter> {
  const cutter = await gather(
    files,
    wanted,
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

function remark({ badRows, rows }: Cutter, terminal: Terminal): void {
  if (badRows > 0) terminal.note('cli.badRows', { count: badRows, rows })
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
  { recipe, features, baselines, calibration, settings, isRaised, isInSample }: Outcome,
  terminal: Terminal,
  topic = args.text('topic') ?? '',
): Promise<void> {
  const { threshold, n, promise, alpha } = calibration
  const guaranteed = isInSample ? null : promise.guaranteed
  if (isInSample) terminal.note('cli.inSample')
  if (isRaised) terminal.note('cli.raisedAlpha', { n, percent: shownPercent(alpha!) })
  const stored = { ...calibration.toJSON(), guaranteed, terminal: keepHints(recipe, features) }
  const version = await writeModel(folder, topic, baselines, stored, Date.now())
  for (const { chain } of baselines) chain.dispose()
  const explained = explain(settings, calibration)
  for (const { key, params, isWarning } of explained)
    if (isWarning) terminal.note('cli.warning', { text: inTerms(key, params) })
  const words = isInSample
    ? []
    : explained.flatMap(({ key, params, isWarning }) => (isWarning ? [] : inTerms(key, params)))
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
      alpha: alpha ?? null,
      guaranteed,
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
