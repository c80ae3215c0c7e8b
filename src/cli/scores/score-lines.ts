import { csvCell } from '../../core/record/csv-cell'
import type { Score } from '../../core/stage'
import type { Reason } from '../../core/verdict'
import type { Item } from '../chain/cutter'
import type { TimeUnit } from '../csv/time-column'
import type { Judgement } from '../model/judge'
import type { LineBuffer } from './line-buffer'

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

const COMMA = 44
const LINE_FEED = 10
const ZERO = 48
const ONE = 49

/** How items become lines of text. */
export interface ScoreLines {
  /** What stands before the first line. */
  header(out: LineBuffer): void
  judged(out: LineBuffer, item: Item, score: Score, judgement: Judgement, threshold: string): void
  /** An item without a score. */
  unscored(out: LineBuffer, item: Item, reason: Reason, threshold: string, detail?: string): void
}

/** Where the input has times: of which unit, once that is known. It tells times from numbers of rows. */
export type UnitOfTimes = (() => TimeUnit | undefined) | undefined

/** Column of the unit of `start` and `end`, where those are times. */
export const UNIT_COLUMN = 'time_unit'

/** CSV: the fixed columns, one `share.<channel>` each, the unit of the times, then the columns carried along from the input. */
export class CsvScores implements ScoreLines {
  private group = ''
  private groupField = ''

  constructor(
    private readonly columns: readonly string[],
    private readonly carried: readonly string[],
    private readonly unit: UnitOfTimes,
  ) {}

  header(out: LineBuffer): void {
    const taken = new Set<string>([
      ...SCORE_COLUMNS,
      ...this.columns.map((name) => `share.${name}`),
      ...(this.unit === undefined ? [] : [UNIT_COLUMN]),
    ])
    const names = [...taken, ...this.carried.map((name) => (taken.has(name) ? `input.${name}` : name))]
    out.text(`${names.map(csvCell).join(',')}\n`)
  }

  judged(
    out: LineBuffer,
    item: Item,
    { score, contributions }: Score,
    judgement: Judgement,
    threshold: string,
  ): void {
    const { columns } = this
    this.place(out, item)
    out.text(String(score))
    out.byte(COMMA)
    out.text(threshold)
    out.byte(COMMA)
    out.byte(judgement.isAnomaly ? ONE : ZERO)
    out.byte(COMMA)
    out.text(judgement.pValue)
    out.byte(COMMA)
    out.text(judgement.reason)
    for (let i = 0; i < columns.length; i++) {
      out.byte(COMMA)
      out.share(contributions[columns[i]!] ?? 0)
    }
    this.rest(out, item)
  }

  unscored(out: LineBuffer, item: Item, reason: Reason, threshold: string): void {
    this.place(out, item)
    out.text(`,${threshold},0,,${reason}`)
    for (let i = 0; i < this.columns.length; i++) out.byte(COMMA)
    this.rest(out, item)
  }

  /** Begin, end and group, with the comma behind. */
  private place(out: LineBuffer, { start, end, from, to, group }: Item): void {
    if (start === undefined || end === undefined) {
      out.whole(from)
      out.byte(COMMA)
      out.whole(to - 1)
    } else {
      out.text(csvCell(start))
      out.byte(COMMA)
      out.text(csvCell(end))
    }
    out.byte(COMMA)
    if (group !== this.group) {
      this.group = group
      this.groupField = csvCell(group)
    }
    out.text(this.groupField)
    out.byte(COMMA)
  }

  private rest(out: LineBuffer, { carried }: Item): void {
    if (this.unit !== undefined) {
      out.byte(COMMA)
      out.text(this.unit() ?? '')
    }
    for (let i = 0; i < carried.length; i++) {
      out.byte(COMMA)
      out.text(csvCell(carried[i]!))
    }
    out.byte(LINE_FEED)
  }
}

/** One JSON object in each line; missing numbers are null. */
export class JsonScores implements ScoreLines {
  constructor(
    private readonly carried: readonly string[],
    private readonly unit: UnitOfTimes,
  ) {}

  header(): void {
    // Every line speaks for itself.
  }

  judged(
    out: LineBuffer,
    item: Item,
    { score, contributions }: Score,
    judgement: Judgement,
    threshold: string,
  ): void {
    const { isAnomaly, pValue, reason } = judgement
    this.line(out, item, {
      score,
      threshold: numberOf(threshold),
      is_anomaly: isAnomaly,
      p_value: numberOf(pValue),
      reason,
      shares: contributions,
    })
  }

  unscored(out: LineBuffer, item: Item, reason: Reason, threshold: string, detail?: string): void {
    this.line(out, item, {
      score: null,
      threshold: numberOf(threshold),
      is_anomaly: false,
      p_value: null,
      reason,
      ...(detail === undefined ? {} : { detail }),
    })
  }

  private line(out: LineBuffer, item: Item, judged: object): void {
    const { start, end, from, to, group, context, carried } = item
    const own = Object.fromEntries(this.carried.map((name, i) => [name, carried[i] ?? '']))
    const line = {
      start: start ?? from,
      end: end ?? to - 1,
      ...(this.unit === undefined ? {} : { [UNIT_COLUMN]: this.unit() ?? null }),
      group,
      ...(context === undefined ? {} : { context }),
      ...judged,
      ...(this.carried.length === 0 ? {} : { carried: own }),
    }
    out.text(`${JSON.stringify(line)}\n`)
  }
}

function numberOf(text: string): number | null {
  return text === '' ? null : Number(text)
}
