import type { Score } from '../../core/stage'
import type { Reason } from '../../core/verdict'
import type { Item } from '../chain/cutter'
import type { Judgement } from '../model/judge'
import { csvField, shareText } from './csv-field'

/** Columns of a file of scores, before the shares. */
export const SCORE_COLUMNS = [
  'start',
  'end',
  'group',
  'score',
  'threshold',
  'is_anomaly',
  'p_value',
  'reason',
] as const

/** What is known of an item once it was judged. */
export interface Judged extends Judgement {
  readonly score: Score
  readonly threshold: string
}

/** How items become lines of text. */
export interface ScoreLines {
  /** What stands before the first line. */
  header(): string
  judged(item: Item, judged: Judged): string
  /** An item without a score. */
  unscored(item: Item, reason: Reason, threshold: string, detail?: string): string
}

/** CSV: the fixed columns, one `share.<channel>` each, then the columns carried along from the input. */
export class CsvScores implements ScoreLines {
  private readonly noShares: string

  constructor(
    private readonly columns: readonly string[],
    private readonly carried: readonly string[],
  ) {
    this.noShares = ','.repeat(columns.length)
  }

  header(): string {
    const taken = new Set<string>([...SCORE_COLUMNS, ...this.columns.map((name) => `share.${name}`)])
    const names = [...taken, ...this.carried.map((name) => (taken.has(name) ? `input.${name}` : name))]
    return `${names.map(csvField).join(',')}\n`
  }

  judged(item: Item, { score, threshold, isAnomaly, pValue, reason }: Judged): string {
    const { contributions } = score
    let line = `${place(item)},${score.score},${threshold},${isAnomaly ? '1' : '0'},${pValue},${reason}`
    for (const name of this.columns) line += `,${shareText(contributions[name] ?? 0)}`
    return line + this.rest(item)
  }

  unscored(item: Item, reason: Reason, threshold: string): string {
    return `${place(item)},,${threshold},0,,${reason}${this.noShares}${this.rest(item)}`
  }

  private rest({ carried }: Item): string {
    let text = ''
    for (const field of carried) text += `,${csvField(field)}`
    return `${text}\n`
  }
}

/** One JSON object in each line; missing numbers are null. */
export class JsonScores implements ScoreLines {
  constructor(private readonly carried: readonly string[]) {}

  header(): string {
    return ''
  }

  judged(item: Item, { score, threshold, isAnomaly, pValue, reason }: Judged): string {
    return this.line(item, {
      score: score.score,
      threshold: numberOf(threshold),
      is_anomaly: isAnomaly,
      p_value: numberOf(pValue),
      reason,
      shares: score.contributions,
    })
  }

  unscored(item: Item, reason: Reason, threshold: string, detail?: string): string {
    return this.line(item, {
      score: null,
      threshold: numberOf(threshold),
      is_anomaly: false,
      p_value: null,
      reason,
      ...(detail === undefined ? {} : { detail }),
    })
  }

  private line({ start, end, group, context, carried }: Item, rest: object): string {
    const own = Object.fromEntries(this.carried.map((name, i) => [name, carried[i] ?? '']))
    return `${JSON.stringify({
      start,
      end,
      group,
      ...(context === undefined ? {} : { context }),
      ...rest,
      ...(this.carried.length === 0 ? {} : { carried: own }),
    })}\n`
  }
}

function place({ start, end, group }: Item): string {
  return `${csvField(start)},${csvField(end)},${csvField(group)}`
}

function numberOf(text: string): number | null {
  return text === '' ? null : Number(text)
}
