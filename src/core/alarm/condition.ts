/** What one look says about a condition: it holds, it is in the band between reset and alarm level, it does not, or nothing is known. */
export type Evidence = 'over' | 'between' | 'under' | 'none'
/** Normal → pending (must last) → active → recovering (must stay away) → normal; or latched, until somebody acknowledges. */
export type ConditionState = 'normal' | 'pending' | 'active' | 'recovering' | 'latched'

export interface ConditionTiming {
  /** How long it must last before it counts: looks in a row, or ms. */
  readonly hold: { readonly windows: number } | { readonly ms: number }
  /** How long it must stay away before it is over, ms. */
  readonly keep: number
  /** How long after its end it cannot begin again, ms. */
  readonly coolDown: number
  /** It ends only once somebody has acknowledged it. */
  readonly latch: boolean
}

/**
 * One condition that becomes true and false without flapping (Prometheus' `for` and `keep_firing_for`, with a separate
 * reset level and a latch). Times are ms of a clock that never jumps.
 */
export class Condition {
  state: ConditionState = 'normal'
  /** When it began to hold: pending counts. */
  since = 0
  /** How often it was seen to hold until it counted. */
  looks = 0
  private awaySince = 0
  private coolUntil = -Infinity
  private acknowledged = false

  constructor(private readonly timing: ConditionTiming) {}

  /** True while it counts: active, recovering or latched. */
  get on(): boolean {
    return this.state === 'active' || this.state === 'recovering' || this.state === 'latched'
  }

  /** True while it may not begin again. */
  isCooling(now: number): boolean {
    return !this.on && now < this.coolUntil
  }

  /** @param held true where the hold time in looks is served already (a verdict that was voted on) */
  see(evidence: Evidence, now: number, held = false): void {
    this.pass(now)
    if (evidence === 'over') this.over(now, held)
    else if (this.state === 'pending')
      this.state = 'normal' // also where nothing is known: a gap is no proof that it lasted
    else if (evidence === 'none') return
    else if (evidence === 'between') {
      if (this.state === 'recovering') this.state = 'active'
    } else if (this.state === 'active') {
      this.state = 'recovering'
      this.awaySince = now
      this.pass(now)
    }
  }

  /** Lets time pass: what recovered long enough is over. */
  pass(now: number): void {
    if (this.state !== 'recovering' || now < this.awaySince + this.timing.keep) return
    if (this.timing.latch && !this.acknowledged) this.state = 'latched'
    else this.end(this.awaySince + this.timing.keep)
  }

  /** Somebody has seen it: a latched one is over. */
  acknowledge(now: number): void {
    if (!this.on) return
    this.acknowledged = true
    if (this.state === 'latched') this.end(now)
  }

  clear(): void {
    this.state = 'normal'
    this.coolUntil = -Infinity
    this.acknowledged = false
  }

  /** When `pass` changes something without evidence. */
  get due(): number | undefined {
    return this.state === 'recovering' ? this.awaySince + this.timing.keep : undefined
  }

  snapshot(): readonly unknown[] {
    const coolUntil = Number.isFinite(this.coolUntil) ? this.coolUntil : null
    return [this.state, this.since, this.looks, this.awaySince, coolUntil, this.acknowledged]
  }

  /** @returns false where it is not what `snapshot` gave */
  restore(saved: unknown): boolean {
    if (!Array.isArray(saved)) return false
    const [state, since, looks, awaySince, coolUntil, acknowledged] = saved as readonly unknown[]
    if (
      !isState(state) ||
      ![since, looks, awaySince].every(Number.isFinite) ||
      typeof acknowledged !== 'boolean'
    )
      return false
    this.state = state
    this.since = since as number
    this.looks = looks as number
    this.awaySince = awaySince as number
    this.coolUntil = Number.isFinite(coolUntil) ? (coolUntil as number) : -Infinity
    this.acknowledged = acknowledged
    return true
  }

  private over(now: number, held: boolean): void {
    if (this.on) {
      this.state = 'active'
      return
    }
    if (this.state === 'normal') {
      this.state = 'pending'
      this.since = now
      this.looks = 0
    }
    this.looks++
    const { hold } = this.timing
    const lasted = 'ms' in hold ? now - this.since >= hold.ms : held || this.looks >= hold.windows
    if (!lasted || now < this.coolUntil) return
    this.state = 'active'
    this.acknowledged = false
  }

  private end(at: number): void {
    this.state = 'normal'
    this.coolUntil = at + this.timing.coolDown
    this.acknowledged = false
  }
}

const STATES: readonly ConditionState[] = ['normal', 'pending', 'active', 'recovering', 'latched']

function isState(value: unknown): value is ConditionState {
  return STATES.some((state) => state === value)
}
