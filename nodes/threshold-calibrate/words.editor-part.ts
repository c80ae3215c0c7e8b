import { durationWords } from '../../src/core/duration-words'
import {
  alphaOfBudget,
  calibrationSpacing,
  periodNames,
  secondsBetweenAlarms,
} from '../../src/core/thresholds/budget'
import { conformalNeeds } from '../../src/core/thresholds/conformal'
import { windowsFor } from '../../src/core/thresholds/contamination'
import { methodNames, thresholdMethods } from '../../src/core/thresholds/registry'

export interface Fields {
  readonly method: string
  readonly goal: string
  readonly alpha: string
  readonly budget: string
  readonly per: string
  readonly delta: string
  readonly contamination: string
  readonly rows: string
  readonly voteK: string
  readonly voteN: string
}

/** How far apart the windows are, s: what the running node has seen, or what is assumed until then. */
export interface Timing {
  readonly hop: number
  readonly window: number
  readonly assumed: boolean
}

/** A key of the node's own texts, with its parameters. */
export interface Line {
  readonly key: string
  readonly params: Readonly<Record<string, string | number>>
}

/** What the settings in the dialog mean, in words. `modelRows`: the number of windows where the field is empty. */
export function wordsOf(fields: Fields, timing: Timing, modelRows: number): readonly Line[] {
  const name = methodNames.find((known) => known === fields.method) ?? 'conformal'
  const method = thresholdMethods[name]
  const votes = numberOr(fields.voteN, 1)
  const lines: Line[] = []
  if (votes > 1) lines.push({ key: 'words.vote', params: { k: numberOr(fields.voteK, 1), n: votes } })
  if (method.asks === 'value') return [{ key: 'words.fixed', params: {} }, ...lines]
  if (method.asks === 'k') return [{ key: 'words.noPromise', params: {} }, ...lines]

  const per = periodNames.find((known) => known === fields.per) ?? 'week'
  const byBudget = fields.goal === 'budget'
  const alpha = byBudget
    ? alphaOfBudget({ count: numberOr(fields.budget, 1), per }, timing.hop)
    : numberOr(fields.alpha, 1) / 100
  const target = { alpha, delta: numberOr(fields.delta, 10) / 100, k: 3, value: 0 }
  const rows = numberOr(fields.rows, modelRows)
  const contamination = numberOr(fields.contamination, 0) / 100
  const isShare = contamination >= 0 && contamination < 1
  const sound =
    isShare && alpha > 0 && alpha < 1 && target.delta > 0 && target.delta < 1 && rows > 0 && votes > 0
  if (!sound) return []
  const kept = Math.max(method.minimum(target), byBudget || name === 'pot' ? conformalNeeds(alpha) : 0)
  const minimum = windowsFor(kept, contamination)
  const time = (windows: number): string =>
    durationWords(windows * calibrationSpacing(timing.window, timing.hop, votes))
  lines.unshift({
    key: timing.assumed ? 'words.rateAssumed' : 'words.rate',
    params: {
      hop: Number(timing.hop.toPrecision(3)),
      between: durationWords(secondsBetweenAlarms(alpha, timing.hop)),
    },
  })
  if (rows >= minimum) lines.push({ key: 'words.enough', params: { rows: shown(rows), time: time(rows) } })
  else if (byBudget || name === 'pot') {
    lines.push({
      key: 'words.estimate',
      params: { rows: shown(rows), needed: shown(minimum), first: time(rows), time: time(minimum) },
    })
  } else
    lines.push({
      key: 'words.tooFew',
      params: { rows: shown(rows), needed: shown(minimum), time: time(minimum) },
    })
  if (contamination > 0) lines.push({ key: 'words.contamination', params: {} })
  if (name === 'quantile' || name === 'pot') lines.push({ key: 'words.noPromise', params: {} })
  return lines
}

const shown = (count: number): string => count.toLocaleString('en-US')

/** The number of a field, or `fallback` where it is empty; NaN where it is none: then nothing is said. */
function numberOr(text: string, fallback: number): number {
  return text.trim() === '' ? fallback : Number(text)
}
