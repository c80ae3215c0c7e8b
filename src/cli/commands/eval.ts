import { ConfigError, InputError } from '../../core/errors'
import { format } from '../../core/messages'
import { readLabel, RowLabels } from '../evaluation/labels'
import { EventDelays, type Places } from '../evaluation/event-delays'
import { Evaluator, type Evaluation } from '../evaluation/report'
import { columnOf, readTable, type TableRecord } from '../csv/read-table'
import { TIME_UNITS } from '../csv/time-column'
import { UNIT_COLUMN } from '../scores/score-lines'
import type { Arguments } from '../terminal/arguments'
import type { Command } from '../terminal/command'
import { openInput } from '../terminal/input'
import { shown, table } from '../terminal/table'
import type { Terminal } from '../terminal/terminal'
import { decimalOf } from '../csv/decimal'

/** Holds a file of scores against labels. */
export const evaluation: Command = {
  name: 'eval',
  summary: 'cli.sumEval',
  synopsis: ['--scores FILE --labels COLUMN [--input FILE] [--sweep]'],
  options: [
    { name: 'scores', value: 'FILE', help: 'cli.optScores' },
    { name: 'labels', value: 'COLUMN', help: 'cli.optLabels' },
    { name: 'input', value: 'FILE', help: 'cli.optEvalInput' },
    { name: 'time', value: 'COLUMN', help: 'cli.optTime' },
    { name: 'context', value: 'COLUMN', help: 'cli.optEvalContext' },
    { name: 'sweep', help: 'cli.optSweep' },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<void> {
  const file = args.required('scores')
  const column = args.required('labels')
  const context = args.text('context')
  const rows = args.text('input') === undefined ? undefined : await readRowLabels(args, terminal, column)
  if (rows === undefined && args.text('time') !== undefined)
    throw new ConfigError('cli.strayOption', { field: '--time', owner: '--input' })
  let evaluator: Evaluator | undefined
  let unlabelled = 0
  for await (const record of readTable(openInput(file, terminal.progress))) {
    const cell = (name: string): string => columnOf(record, name, file, '--scores')
    const start = cell('start')
    const end = cell('end')
    const label =
      rows === undefined ? readLabel(columnOf(record, column, file, '--labels')) : rows.label(start, end)
    evaluator ??= new Evaluator(new EventDelays(placesOf(record, rows)))
    if (label === undefined) {
      unlabelled++
      continue
    }
    const score = decimalOf(cell('score'))
    const lane = context === undefined ? '' : columnOf(record, context, file, '--context')
    evaluator.add({
      score: Number.isNaN(score) ? null : score,
      isFlagged: readLabel(cell('is_anomaly')) === true,
      isAnomalous: label,
      start,
      end,
      recording: `${cell('group')}\n${lane}`,
    })
  }
  terminal.progress.done()
  if (evaluator === undefined || evaluator.windows === 0)
    throw new InputError('cli.noLabels', { field: file, column })
  if (unlabelled > 0) terminal.note('cli.unlabelled', { count: unlabelled })
  const report = evaluator.report()
  const points = args.flag('sweep') ? evaluator.sweep() : undefined
  terminal.result({ ...report, ...(points === undefined ? {} : { sweep: points }) }, () => [
    ...lines(report),
    ...(points === undefined
      ? []
      : [
          '',
          ...table(
            ['threshold', 'precision', 'recall', 'F1', 'FAR'],
            points.map(({ threshold, precision, recall, f1, far }) =>
              [threshold, precision, recall, f1, far].map(shown),
            ),
          ),
          format('cli.sweepFlatters'),
        ]),
  ])
}

/** Whether the lines of a file of scores tell times or rows: by the file itself, or by the one that was scored. */
function placesOf(record: TableRecord, rows: RowLabels | undefined): Places {
  const unit = TIME_UNITS.find((name) => name === record(UNIT_COLUMN))
  if (unit !== undefined) return { unit }
  return rows === undefined ? {} : { areTimes: rows.hasTimes }
}

async function readRowLabels(args: Arguments, terminal: Terminal, column: string): Promise<RowLabels> {
  const file = args.required('input')
  const labels = new RowLabels()
  const given = args.text('time')
  let time: string | undefined
  let isFirst = true
  for await (const record of readTable(openInput(file, terminal.progress))) {
    if (isFirst) {
      if (given !== undefined && given !== 'none') columnOf(record, given, file, '--time')
      const names =
        given === undefined ? ['time', 'timestamp', 'datetime', 'date'] : given === 'none' ? [] : [given]
      time = names.find((name) => record(name) !== undefined)
      isFirst = false
    }
    const label = readLabel(columnOf(record, column, file, '--labels'))
    labels.add(label, time === undefined ? undefined : record(time))
  }
  return labels
}

function lines(report: Evaluation): readonly string[] {
  const { farInterval, events, unscored } = report
  const { delay } = events
  return [
    ...table(
      ['', 'flagged', 'not flagged'],
      [
        [format('cli.evalAnomalous'), String(report.truePositives), String(report.falseNegatives)],
        [format('cli.evalNormal'), String(report.falsePositives), String(report.trueNegatives)],
      ],
    ),
    '',
    ...table(
      ['precision', 'recall', 'F1', 'ROC-AUC', 'PR-AUC', 'FAR', 'FAR 95 %'],
      [
        [
          ...[report.precision, report.recall, report.f1, report.rocAuc, report.prAuc, report.far].map(shown),
          farInterval.map((end) => shown(end)).join(' … '),
        ],
      ],
    ),
    '',
    format('cli.evalEvents', { count: events.count, detected: events.detected }),
    ...(delay === null
      ? []
      : [
          format('cli.evalDelay', {
            median: shown(delay.median),
            longest: shown(delay.longest),
            unit: delay.unit,
          }),
        ]),
    ...(unscored.normal + unscored.anomalous === 0 ? [] : [format('cli.evalUnscored', unscored)]),
  ]
}
