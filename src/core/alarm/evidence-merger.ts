import { Condition, type ConditionTiming, type Evidence } from './condition'
import type { Subject } from './event'
import type { Signal } from './signal'

/** What one detector says at present. */
interface Source {
  evidence: Evidence
  /** It was over since the signal is on: only then does the band below its level keep the signal on. */
  part: boolean
  /** Serves the hold time by itself: two detectors that see the same windows must not count them twice. */
  readonly hold: Condition
  /** What it last said when it was over. */
  subject: Subject
}

/**
 * Makes one signal of the evidence of several detectors. It begins with the first of them that has lasted for the hold time
 * by its own windows, and goes on while any is over. One of those leads: the signal counts its windows and tells its verdicts.
 */
export class EvidenceMerger {
  private readonly sources = new Map<string, Source>()
  /** Which of those that are over the signal follows. */
  private leader?: string

  /** @param signal has no end of its hold time (`NEVER_BY_ITSELF`), since that is served here */
  constructor(
    readonly signal: Signal,
    private readonly hold: ConditionTiming['hold'],
  ) {}

  see(id: string, evidence: Evidence, now: number, subject: () => Subject, held = false): void {
    const source = this.sourceOf(id, subject)
    source.evidence = evidence
    if (evidence === 'over') source.part = true
    // What is not over breaks a row of windows, whatever else it is.
    source.hold.see(evidence === 'over' ? 'over' : 'under', now, held)
    if (evidence === 'over') source.subject = subject()
    this.follow(now, id)
  }

  /** What this one said counts no more. The signal takes note of it with what is seen next, or with `settle`. */
  drop(id: string): void {
    const source = this.sources.get(id)
    if (source !== undefined) silence(source)
  }

  /** The signal takes note of what was dropped. */
  settle(now: number): void {
    this.follow(now)
  }

  /** Nothing is known of any of them. */
  dropAll(now: number): void {
    for (const source of this.sources.values()) silence(source)
    this.follow(now)
  }

  /** Takes up a source of a signal that was restored from elsewhere. */
  adopt(id: string, { condition, subject }: Signal, now: number): void {
    const source = this.sourceOf(id, () => subject)
    source.evidence =
      condition.state === 'active' ? 'over' : condition.state === 'recovering' ? 'under' : 'none'
    source.part = source.evidence !== 'none'
    if (source.evidence === 'over') source.hold.see('over', now, true)
    this.leader = this.choose()
  }

  snapshot(): unknown {
    return {
      leader: this.leader ?? null,
      sources: [...this.sources].map(([id, { evidence, part, hold, subject }]) => ({
        id,
        evidence,
        part,
        hold: hold.snapshot(),
        subject,
      })),
    }
  }

  /** @returns false where it is not what `snapshot` gave */
  restore(saved: unknown): boolean {
    const { leader, sources } = (saved ?? {}) as Readonly<Record<string, unknown>>
    if (!Array.isArray(sources)) return false
    for (const entry of sources as readonly Readonly<Record<string, unknown>>[]) {
      const { id, evidence, hold, subject } = entry
      if (typeof id !== 'string' || !isEvidence(evidence) || !isSubject(subject)) return false
      const source = this.sourceOf(id, () => subject)
      source.evidence = evidence
      source.part = entry['part'] === true
      if (!source.hold.restore(hold)) return false
    }
    const known = typeof leader === 'string' ? this.sources.get(leader) : undefined
    this.leader = known?.evidence === 'over' ? (leader as string) : undefined
    return true
  }

  /** @param id who spoke */
  private follow(now: number, id?: string): void {
    const { signal } = this
    signal.condition.pass(now)
    if (!signal.on) for (const source of this.sources.values()) source.part = source.evidence === 'over'
    const before = this.leader
    const leader = (this.leader = this.choose())
    const source = leader === undefined ? undefined : this.sources.get(leader)
    if (source === undefined) {
      signal.see(this.rest, now, () => signal.subject)
      return
    }
    const { hold, subject } = source
    const over = (): void => signal.see('over', now, () => subject, hold.on)
    if (leader === before) {
      // While the leader is over, the words of others change nothing: their windows are the same ones.
      if (id === leader) over()
    } else if (!signal.on) {
      // What pends is the leader's own, from its first window on.
      over()
      signal.backdate(hold.since, hold.looks)
    } else if (id === leader) over()
    else signal.subject = subject
  }

  /** The leader stays while it is over, unless nothing has begun yet and another was the first to last for the hold time. */
  private choose(): string | undefined {
    let best: string | undefined
    let most: Source | undefined
    const current = this.leader === undefined ? undefined : this.sources.get(this.leader)
    if (current?.evidence === 'over') [best, most] = [this.leader, current]
    if (most !== undefined && this.signal.on) return best
    for (const [id, source] of this.sources) {
      if (source.evidence !== 'over') continue
      const earlier = most === undefined || (most !== current && source.hold.since < most.hold.since)
      const served = source.hold.on
      const better = most === undefined || served === most.hold.on ? earlier : served
      if (better) [best, most] = [id, source]
    }
    return best
  }

  /** What those say of which none is over: what is known of any counts, beside those of which nothing is known. */
  private get rest(): Evidence {
    let rest: Evidence = 'none'
    for (const { evidence, part } of this.sources.values()) {
      if (evidence === 'between' && part) return 'between'
      if (evidence !== 'none') rest = 'under'
    }
    return rest
  }

  private sourceOf(id: string, about: () => Subject): Source {
    let source = this.sources.get(id)
    if (source === undefined) {
      const hold = new Condition({ hold: this.hold, keep: 0, coolDown: 0, latch: false })
      source = { evidence: 'none', part: false, hold, subject: about() }
      this.sources.set(id, source)
    }
    return source
  }
}

/** The hold time of a signal that a merger drives. */
export const NEVER_BY_ITSELF: ConditionTiming['hold'] = { windows: Infinity }

function silence(source: Source): void {
  source.evidence = 'none'
  source.hold.clear()
}

const EVIDENCE: readonly Evidence[] = ['over', 'between', 'under', 'none']

function isEvidence(value: unknown): value is Evidence {
  return EVIDENCE.some((evidence) => evidence === value)
}

function isSubject(value: unknown): value is Subject {
  const { stream, contributions } = (value ?? {}) as Partial<Subject>
  return typeof stream === 'string' && Array.isArray(contributions)
}
