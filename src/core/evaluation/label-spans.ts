/** A stretch of time with one label. */
export interface LabelSpan {
  readonly start: number
  /** Exclusive, unless it is open. */
  readonly end: number
  readonly label: string
  /** It ends with a sample that has no length. */
  readonly isOpen: boolean
}

/** Spans of the same label with a pause of at most so much between them are one, ms: samples have pauses between them, too. */
const PAUSE = 10_000
/** Most spans that are kept of one stream; older ones are forgotten. */
const MOST = 100_000

/** The labels of one stream over time, in ms since the epoch: what was true when. */
export class LabelSpans {
  private readonly spans: { -readonly [P in keyof LabelSpan]: LabelSpan[P] }[] = []

  get isEmpty(): boolean {
    return this.spans.length === 0
  }

  /** Times come in order; what begins before the last span is not taken. */
  add(start: number, end: number, label: string): void {
    const last = this.spans.at(-1)
    const isOpen = end === start
    if (last !== undefined) {
      if (start < last.start) return
      const goesOn = start - last.end <= PAUSE
      if (last.label === label && goesOn) {
        last.end = Math.max(last.end, end)
        last.isOpen = isOpen
        return
      }
      // The label of a sample without a length holds until the next one.
      if (last.isOpen && goesOn) {
        last.end = start
        last.isOpen = false
      }
    }
    this.spans.push({ start, end, label, isOpen })
    if (this.spans.length > MOST) this.spans.shift()
  }

  /** The spans that share time with a window. */
  within(start: number, end: number): readonly LabelSpan[] {
    let low = 0
    let high = this.spans.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (endsBefore(this.spans[middle]!, start)) low = middle + 1
      else high = middle
    }
    const found: LabelSpan[] = []
    for (let i = low; i < this.spans.length && beginsBefore(this.spans[i]!, start, end); i++)
      found.push(this.spans[i]!)
    return found
  }
}

function endsBefore(span: LabelSpan, start: number): boolean {
  return span.isOpen ? span.end < start : span.end <= start
}

/** A window may be a moment. */
function beginsBefore(span: LabelSpan, start: number, end: number): boolean {
  return start === end ? span.start <= end : span.start < end
}
