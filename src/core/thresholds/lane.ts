import { sameContract, type Contract } from '../contract'
import { InputError } from '../errors'
import type { Reason } from '../verdict'
import { Vote } from '../vote'
import { RunFilter } from './run-filter'
import { WindowSpacing } from './window-spacing'

/** Reasons after which the windows before are no evidence for the windows to come. */
const GAPS: ReadonlySet<Reason> = new Set<Reason>([
  'LEARNING',
  'MACHINE_OFF',
  'NO_DATA',
  'DROPOUT',
  'STUCK',
  'SATURATED',
  'RATE_OFF',
  'OUT_OF_CONTRACT',
  'UNKNOWN_CONTEXT',
])

/** True where a verdict without a score interrupts the evidence of the windows around it. */
export function isGap(reason: Reason): boolean {
  return GAPS.has(reason)
}

/** What is remembered of the windows of one stream: its vote, its spacing, a run of exceedances. */
export class Lane {
  readonly spacing = new WindowSpacing()
  readonly runs = new RunFilter()
  contract?: Contract
  /** A learning run of the detector, whose first frames are in-sample: the calibration begins with the others. */
  announced?: { readonly id: string; readonly contract: Contract }
  private readonly vote: Vote

  constructor({ k, n }: { readonly k: number; readonly n: number }) {
    this.vote = new Vote(k, n)
  }

  /**
   * Takes a score into the vote.
   * @returns the voted score, and whether its windows share no data with the last one taken for calibration
   */
  see(
    score: number,
    contract: Contract,
    window: { readonly start: number; readonly end: number },
  ): { readonly voted: number | undefined; readonly apart: boolean } {
    if (this.contract === undefined || !sameContract(this.contract, contract)) {
      if (this.contract !== undefined) this.gap()
      this.contract = contract
    }
    this.spacing.see(window)
    const voted = this.vote.push(score, window.start)
    return { voted, apart: this.vote.full && this.spacing.isApart(this.vote.since, window, this.vote.n) }
  }

  /** Evidence ended here. */
  gap(): void {
    this.vote.clear()
    this.runs.clear()
    this.spacing.clear()
  }

  announcedFor(contract: Contract): string | undefined {
    const { announced } = this
    return announced !== undefined && sameContract(announced.contract, contract) ? announced.id : undefined
  }

  snapshot(): object {
    const { contract, vote, runs, spacing } = this
    return { contract, vote: vote.snapshot(), runs: runs.snapshot(), spacing: spacing.snapshot() }
  }

  /** @throws InputError where it is not what `snapshot` gave */
  restore(state: unknown): void {
    const { contract, vote, runs, spacing } = (state ?? {}) as Record<string, unknown>
    if (contract !== undefined && !isContract(contract))
      throw new InputError('threshold.badState', { field: 'contract' })
    this.vote.restore(vote)
    this.runs.restore(runs)
    this.spacing.restore(spacing)
    this.contract = contract
  }
}

/** True for a list of lines. */
export function isContract(value: unknown): value is Contract {
  return Array.isArray(value) && value.every((line) => typeof line === 'string')
}
