import { AGGREGATES } from '../../core/detectors/robust-z'
import { ConfigError } from '../../core/errors'
import { format } from '../../core/messages'
import { SENSOR_FAULTS } from '../../core/verdict'
import type { Cutter } from '../chain/cutter'
import { kindOf } from '../../model/part'
import { readModel, type Baseline } from '../model/stored-model'
import { Judge } from '../model/judge'
import { workingModel, type WorkingModel } from '../model/working-model'
import { LineBuffer } from '../scores/line-buffer'
import { CsvScores, JsonScores } from '../scores/score-lines'
import { Scorer, type Scored } from '../scores/scorer'
import type { Arguments } from '../terminal/arguments'
import type { Command } from '../terminal/command'
import { inputNames } from '../terminal/input'
import { Output } from '../terminal/output'
import type { Terminal } from '../terminal/terminal'
import { gather } from './gather'
import { READING } from './options'
import { readReading, rememberedBy } from './read-recipe'

/** Scores CSV files of any length with a model. */
export const score: Command = {
  name: 'score',
  summary: 'cli.sumScore',
  synopsis: ['--model DIR --input FILE|- [--out FILE|-] [options]'],
  options: [
    { name: 'model', value: 'DIR|FILE', help: 'cli.optModel' },
    { name: 'input', value: 'FILE', help: 'cli.optScoreInput' },
    { name: 'out', value: 'FILE', help: 'cli.optScoreOut' },
    { name: 'threshold', value: 'T', help: 'cli.optScoreThreshold' },
    { name: 'agg', value: 'max|mean', help: 'cli.optScoreAgg' },
    { name: 'only-anomalies', help: 'cli.optOnlyAnomalies' },
    { name: 'topic', value: 'NAME', help: 'cli.optTopic' },
    ...READING,
    { name: 'context', value: 'COLUMN', help: 'cli.optContext' },
    { name: 'hop', value: 'N', help: 'cli.optScoreHop' },
    { name: 'rate', value: 'HZ', help: 'cli.optScoreRate' },
  ],
  run,
}

/** Bytes gathered before they are written to a file. */
const GATHERED = 65_536

async function run(args: Arguments, terminal: Terminal): Promise<void> {
  const place = args.required('model')
  const names = await inputNames(args.required('input'))
  const model = readWorking(args, place)
  const contexts = judges(args, model, terminal)
  const isLive = names.includes('-')
  const out = args.text('out') ?? '-'
  await Output.using(out, { inputs: [...names, place], isLive }, async (output) => {
    if (output.isStandard && process.stdout.isTTY) terminal.progress.off()
    const { scorer, cutter } = await scoreTo(output, names, model, contexts, args, terminal)
    const { scored, anomalies, unscored, reasons } = scorer
    const { rows, uncovered } = cutter
    const faults = [...reasons].filter(([reason]) => SENSOR_FAULTS.has(reason))
    if (faults.length > 0)
      terminal.note('cli.sensorFaults', {
        count: faults.reduce((sum, [, count]) => sum + count, 0),
        total: scored + unscored,
        reasons: faults.map(([reason, count]) => `${reason} ${count}`).join(', '),
      })
    if (!output.isStandard) {
      const summary = { out, rows, scored, anomalies, unscored, uncovered }
      terminal.result(summary, () => [
        format('cli.scoredSummary', summary),
        ...(uncovered > 0 ? [format('cli.uncovered', summary)] : []),
      ])
    }
  })
  for (const { chain } of contexts.values()) chain.dispose()
}

/** Scores all of the input and writes the lines. */
async function scoreTo(
  output: Output,
  names: readonly string[],
  model: WorkingModel,
  contexts: ReadonlyMap<string | undefined, Scored>,
  args: Arguments,
  terminal: Terminal,
): Promise<{ scorer: Scorer; cutter: Cutter }> {
  const isLive = names.includes('-')
  const text = new LineBuffer()
  let scorer: Scorer | undefined
  const flush = (): void | Promise<void> => {
    const written = output.write(text.content)
    text.clear()
    return written
  }
  const { reading, channels } = model.recipe
  const cutter = await gather(
    names,
    { ...reading, channels, remembered: rememberedBy(args), carry: true },
    () => model.recipe,
    {
      begin(_recipe, { carried, time }, cut) {
        const own = carried.map(({ name }) => name)
        const unit = time < 0 ? undefined : () => cut.timeUnit
        const lines = terminal.json ? new JsonScores(own, unit) : new CsvScores(model.columns, own, unit)
        scorer = new Scorer(contexts, lines, text, args.flag('only-anomalies'))
        lines.header(text)
        return flush()
      },
      items(items) {
        const scored = scorer!.push(items)
        const isDue = isLive || text.length > GATHERED
        if (scored instanceof Promise) return scored.then(flush)
        return isDue ? flush() : undefined
      },
    },
    terminal,
    false,
  )
  await flush()
  return { scorer: scorer!, cutter }
}

function readWorking(args: Arguments, place: string): WorkingModel {
  const hop = args.whole('hop', { min: 1 })
  const rate = args.number('rate', { min: 1e-9 })
  const aggregate = args.choice('agg', AGGREGATES)
  const stored = readModel(place, args.text('topic'))
  if (aggregate !== undefined && !stored.baselines.every(isRobustZ))
    throw new ConfigError('cli.strayOption', { field: '--agg', owner: '--detector robust-z' })
  const model = workingModel(stored, place, {
    reading: readReading(args),
    ...(hop === undefined ? {} : { hop }),
    ...(rate === undefined ? {} : { rate }),
    ...(aggregate === undefined ? {} : { aggregate }),
  })
  if (hop !== undefined && hop > 1 && model.recipe.window === undefined)
    throw new ConfigError('cli.hopNeedsWindows', { field: '--hop' })
  return model
}

function isRobustZ({ parts }: Baseline): boolean {
  return parts.some((part) => part.role === 'detector' && kindOf(part) === 'robust-z')
}

function judges(args: Arguments, model: WorkingModel, terminal: Terminal): Map<string | undefined, Scored> {
  const threshold = args.number('threshold', { min: 0 })
  // p-values speak of the scores that were calibrated.
  const isSame = args.text('agg') === undefined
  if (!isSame && threshold === undefined) terminal.note('cli.otherAggregate')
  const contexts = new Map<string | undefined, Scored>()
  for (const [context, chain] of model.chains) {
    const judge = new Judge(model.calibrations.get(context), threshold, isSame)
    contexts.set(context, {
      chain,
      judge,
      threshold: judge.threshold === null ? '' : String(judge.threshold),
    })
  }
  if ([...contexts.values()].some(({ judge }) => judge.threshold === null)) terminal.note('cli.noThreshold')
  return contexts
}
