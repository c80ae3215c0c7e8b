/** What a stage reported when it had learned. */
export interface StageReport {
  /** Its line of the contract, without the hash. */
  readonly stage: string
  readonly rows: number
  readonly figures: Readonly<Record<string, number | readonly number[]>>
  /** What was odd about the data, in words. */
  readonly warnings: readonly string[]
}

type Translate = (key: string, params?: Record<string, string | number>) => string

const WIDTH = 240
const HEIGHT = 60
const PAD = 4

const short = (value: number): number => Number(value.toPrecision(3))

/** The report of a stage in a line, its loss curves where it was trained, and what it warns of. */
export function learningReport(report: StageReport, translate: Translate): JQuery {
  const place = $('<div>').css({ padding: '2px 0 2px 24px' })
  showTraining(place, report, translate)
  showCompared(place, report, translate)
  for (const warning of report.warnings) {
    const line = $('<div>').appendTo(place)
    $('<i class="fa fa-exclamation-triangle" style="margin-right:4px">').appendTo(line)
    line.append(document.createTextNode(warning))
  }
  return place
}

/** Both loss curves are on one logarithmic scale, with the best epoch. Epoch 0 is what training went on from. */
function showTraining(place: JQuery, { stage, rows, figures }: StageReport, translate: Translate): void {
  const losses = listOf(figures['losses'])
  const validation = listOf(figures['validationLosses'])
  const best = Number(figures['bestEpoch'])
  if (losses.length === 0 || !(best >= 0)) {
    place.text(translate('report', { stage, rows }))
    return
  }
  const [seconds, megabytes] = [figures['seconds'], figures['megabytes']].map((each) => short(Number(each)))
  const params = { stage, rows, epochs: losses.length, best, seconds: seconds!, megabytes: megabytes! }
  const loss = short(Number(figures['validationLoss']))
  place.text(translate(best === 0 ? 'notBettered' : 'trained', { ...params, loss }))
  const curves = [
    { values: losses, color: '#888', label: translate('loss') },
    { values: validation, color: '#3a7bd5', label: translate('validationLoss') },
  ].filter(({ values }) => values.length > 0)
  place.append(chart(curves, best))
  const legend = $('<div>').css('font-size', '11px').appendTo(place)
  for (const { label, color } of curves) {
    const entry = $('<span>').css('margin-right', '12px').appendTo(legend)
    const stroke = { borderTop: `2px solid ${color}`, display: 'inline-block', width: '16px' }
    $('<span>')
      .css({ ...stroke, margin: '0 4px 4px 0' })
      .appendTo(entry)
    entry.append(document.createTextNode(label))
  }
}

/** What the model that was at work before gave for the same windows. */
function showCompared(place: JQuery, { figures }: StageReport, translate: Translate): void {
  const [now, before] = [figures['medianScore'], figures['medianScoreBefore']].map((each) =>
    short(Number(each)),
  )
  if (!Number.isFinite(now) || !Number.isFinite(before)) return
  $('<div>')
    .text(translate('compared', { now: now!, before: before! }))
    .appendTo(place)
}

interface Curve {
  readonly values: readonly number[]
  readonly color: string
}

function chart(curves: readonly Curve[], best: number): JQuery {
  const all = curves.flatMap(({ values }) => values.filter((value) => value > 0))
  const [low, high] = [Math.log(Math.min(...all)), Math.log(Math.max(...all))]
  const epochs = Math.max(...curves.map(({ values }) => values.length))
  const x = (epoch: number): number => PAD + ((WIDTH - 2 * PAD) * (epoch - 1)) / Math.max(1, epochs - 1)
  const y = (value: number): number =>
    PAD + ((HEIGHT - 2 * PAD) * (high - Math.log(Math.max(value, Number.MIN_VALUE)))) / (high - low || 1)
  const lines = curves.map(({ values, color }) => {
    const points = values.map((value, i) => `${x(i + 1).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
    return `<polyline points="${points}" fill="none" stroke="${color}" stroke-width="1.5"/>`
  })
  const at = x(best).toFixed(1)
  const mark =
    best === 0
      ? ''
      : `<line x1="${at}" x2="${at}" y1="0" y2="${HEIGHT}" stroke="#888" stroke-dasharray="2 2"/>`
  return $(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" style="display:block">${mark}${lines.join('')}</svg>`,
  )
}

function listOf(value: number | readonly number[] | undefined): readonly number[] {
  return typeof value === 'object' ? value : []
}
