/** Rows of one stream that were given on. */
export interface Delivery {
  readonly rows: number
  /** Rows lost before or between them, by a count or the device's times; undefined where neither is known. */
  readonly missing?: number
  /** Steps of the device's times, ms; undefined without them. */
  readonly steps?: readonly number[]
  /** ms since the epoch. */
  readonly arrival: number
}

/** Rates are judged over so many ms: by the device's times, and by arrival, which a stalled network upsets. */
const DEVICE_SPAN_MS = 10_000
const ARRIVAL_SPAN_MS = 30_000
const FEWEST_ROWS = 20
/** Steps that a median is taken of; of more, every second, then every fourth … is kept. */
const MOST_STEPS = 512

/**
 * Measures the rate of a stream, once per span: by the median step of the device's times over 10 s, else by rows (and those known
 * to be lost) per time of arrival over 30 s.
 */
export class RateJudge {
  private begin?: number
  private rows = 0
  private steps: number[] = []
  private every = 1
  private skipped = 0

  /** The measured rate in Hz at the end of a span, and the span in ms; undefined before. */
  take({ rows, missing = 0, steps, arrival }: Delivery): { rate: number; span: number } | undefined {
    if (this.begin === undefined || arrival < this.begin) {
      // Rows of the first arrival were measured before the span: it only marks its begin.
      this.restart()
      this.begin = arrival
      return undefined
    }
    this.rows += rows + missing
    if (steps !== undefined) for (const step of steps) this.keep(step)
    const passed = arrival - this.begin
    const byDevice = this.steps.length > 0
    if (passed < (byDevice ? DEVICE_SPAN_MS : ARRIVAL_SPAN_MS)) return undefined
    const enough = (byDevice ? this.steps.length * this.every : this.rows) >= FEWEST_ROWS
    const rate = !enough ? undefined : byDevice ? 1000 / median(this.steps) : (this.rows * 1000) / passed
    this.restart()
    this.begin = arrival
    return rate === undefined ? undefined : { rate, span: passed }
  }

  /** The clock was set, or rows are missing that nobody counted: the span begins anew. */
  restart(): void {
    this.begin = undefined
    this.rows = 0
    this.steps = []
    this.every = 1
    this.skipped = 0
  }

  private keep(step: number): void {
    if (++this.skipped < this.every) return
    this.skipped = 0
    this.steps.push(step)
    if (this.steps.length < MOST_STEPS) return
    this.steps = this.steps.filter((_, i) => i % 2 === 0)
    this.every *= 2
  }
}

const DROPOUT_SPAN_MS = 10_000
const DROPOUT_SHARE = 0.2

/** Tells the share of lost rows at the end of each span of 10 s in which it is 20 % or more. */
export class DropoutJudge {
  private begin?: number
  private rows = 0
  private missing = 0

  take({ rows, missing, arrival }: Delivery): number | undefined {
    if (missing === undefined) return undefined
    if (this.begin === undefined || arrival < this.begin) {
      this.restart()
      this.begin = arrival
    }
    this.rows += rows
    this.missing += missing
    if (arrival - this.begin < DROPOUT_SPAN_MS) return undefined
    const share = this.missing / (this.rows + this.missing)
    this.restart()
    this.begin = arrival
    return share >= DROPOUT_SHARE ? share : undefined
  }

  restart(): void {
    this.begin = undefined
    this.rows = 0
    this.missing = 0
  }
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}
