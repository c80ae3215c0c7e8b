import { AGGREGATES } from '../../core/detectors/robust-z'
import { format } from '../../core/messages'
import { readModel } from '../model/stored-model'
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
import { readReading } from './read-recipe'

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
  const output = Output.open(args.text('out') ?? '-')
  const isLive = names.includes('-')
  const text = new LineBuffer()
  let scorer: Scorer | undefined
  const flush = (): void | Promise<void> => {
    const written = output.write(text.content)
    text.clear()
    return written
  }
  const cutter = await gather(
    names,
    { ...model.recipe.reading, channels: model.recipe.channels, carry: true },
    () => model.recipe,
    {
      begin(_recipe, { carried }) {
        const own = carried.map(({ name }) => name)
        const lines = terminal.json ? new JsonScores(own) : new CsvScores(model.columns, own)
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
  output.close()
  for (const { chain } of contexts.values()) chain.dispose()
  const { scored = 0, anomalies = 0, unscored = 0 } = scorer ?? {}
  const { rows } = cutter
  if (!output.isStandard)
    terminal.result({ out: args.text('out'), rows, scored, anomalies, unscored }, () => [
      format('cli.scoredSummary', { out: args.text('out') ?? '', rows, scored, anomalies, unscored }),
    ])
}

function readWorking(args: Arguments, place: string): WorkingModel {
  const hop = args.whole('hop', { min: 1 })
  const rate = args.number('rate', { min: 1e-9 })
  const aggregate = args.choice('agg', AGGREGATES)
  return workingModel(readModel(place, args.text('topic')), place, {
    reading: readReading(args),
    ...(hop === undefined ? {} : { hop }),
    ...(rate === undefined ? {} : { rate }),
    ...(aggregate === undefined ? {} : { aggregate }),
  })
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
