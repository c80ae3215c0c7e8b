import { InputError } from '../errors'
import type { Verdict } from '../verdict'
import { LabelSpans } from './label-spans'
import { report, type JudgedWindow, type Report } from './report'

/** What is kept of a verdict. */
interface Seen {
  readonly stream: string
  readonly start: number
  readonly end: number
  readonly score: number | null
  readonly threshold: number | null
  readonly flagged: boolean
  /** It was held against a threshold or a rule. */
  readonly judged: boolean
  readonly label?: string
}

/** Verdicts of one detector (and model). */
interface Track {
  readonly detector: string
  readonly model?: string
  readonly seen: Seen[]
}

export interface EvaluationSettings {
  /** Labels that say that all is well, in lower case. */
  readonly normalLabels: ReadonlySet<string>
  /** Verdicts that are kept of one detector. */
  readonly most: number
  /** For scores that bring no decision: above it is anomalous. */
  readonly threshold?: number
}

/** Labels that say that all is well, if no others are set. */
export const NORMAL_LABELS: readonly string[] = ['normal', 'ok', '0', '0.0', 'false', 'no']

/**
 * Gathers verdicts and what was true, and works out how good each detector is. Truth comes with the verdicts (their label), or as
 * labelled samples of the same stream, which count for themselves: then a window is anomalous where any part of it is.
 */
export class Evaluation {
  private readonly tracks = new Map<string, Track>()
  private readonly truth = new Map<string, LabelSpans>()

  constructor(private readonly settings: EvaluationSettings) {}

  /** Verdicts that are kept. */
  get size(): number {
    let size = 0
    for (const { seen } of this.tracks.values()) size += seen.length
    return size
  }

  /**
   * Takes a verdict. What it was learned from is no test and left out.
   * @throws InputError where there are too many
   */
  addVerdict(stream: string, verdict: Verdict, label?: string): void {
    const { detector, model, window, inSample, isAnomaly, threshold, reason, vote } = verdict
    if (inSample) return
    const key = JSON.stringify([detector ?? '', model?.name ?? ''])
    let track = this.tracks.get(key)
    if (track === undefined) {
      // Reports of the sensor or of a window say nothing of a detector; they go to all that are there.
      if (detector === undefined && verdict.score === null && reason !== 'ANOMALY' && reason !== 'NORMAL') {
        for (const other of this.tracks.values()) this.add(other, stream, verdict, label)
        return
      }
      track = { detector: detector ?? '', ...(model === undefined ? {} : { model: model.name }), seen: [] }
      this.tracks.set(key, track)
    }
    const score = vote === undefined ? verdict.score : vote.score
    const isDecided =
      threshold !== null || reason === 'NORMAL' || reason === 'WARNING' || reason === 'ANOMALY'
    const own = this.settings.threshold
    if (isDecided || own === undefined || score === null)
      this.add(track, stream, { ...verdict, score }, label, isDecided, isAnomaly, window)
    else this.add(track, stream, { ...verdict, score, threshold: own }, label, true, score > own, window)
  }

  /** Takes what was true over a stretch of time, ms since the epoch. */
  addTruth(stream: string, start: number, end: number, label: string): void {
    let spans = this.truth.get(stream)
    if (spans === undefined) {
      if (this.truth.size >= this.settings.most) return
      spans = new LabelSpans()
      this.truth.set(stream, spans)
    }
    spans.add(start, end, label)
  }

  /** One report for each detector, in the order in which they were first seen. */
  reports(): readonly Report[] {
    return [...this.tracks.values()].map(({ detector, model, seen }) => {
      const windows = seen.map((one): JudgedWindow => ({ ...one, truth: this.truthOf(one) }))
      return report(windows, { detector, ...(model === undefined ? {} : { model }) })
    })
  }

  reset(): void {
    this.tracks.clear()
    this.truth.clear()
  }

  private add(
    { seen }: Track,
    stream: string,
    { score, threshold, window }: Verdict,
    label: string | undefined,
    judged = false,
    flagged = false,
    { start, end } = window,
  ): void {
    if (seen.length >= this.settings.most)
      throw new InputError('evaluate.full', { field: 'msg.anomaly', max: this.settings.most })
    seen.push({
      stream,
      start,
      end,
      score,
      threshold,
      flagged,
      judged,
      ...(label === undefined ? {} : { label }),
    })
  }

  /** What was true of a window; undefined where nobody said. */
  private truthOf({ stream, start, end, label }: Seen): JudgedWindow['truth'] {
    const spans = this.truth.get(stream)
    if (spans === undefined || spans.isEmpty) {
      return label === undefined || label.trim() === ''
        ? undefined
        : this.isNormal(label)
          ? 'normal'
          : { since: start }
    }
    const found = spans.within(start, end)
    if (found.length === 0) return undefined
    const anomalous = found.find((span) => !this.isNormal(span.label))
    return anomalous === undefined ? 'normal' : { since: anomalous.start }
  }

  private isNormal(label: string): boolean {
    return this.settings.normalLabels.has(label.trim().toLowerCase())
  }
}
