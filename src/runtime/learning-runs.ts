import type { NodeAPI } from 'node-red'
import { PerRuntime } from './per-runtime'

/** Runs of which is remembered how to take them back. */
const MAX_RUNS = 1000

/**
 * What the nodes of a chain have put to work in learning runs that are not over. A run that is given up behind them, or fails there,
 * is taken back by all of them, so that the chain of before works again.
 */
export class LearningRuns {
  private readonly undone = new Map<string, (() => void)[]>()

  /** A node works with what it learned in this run from now on; `undo` puts its part of before to work again. */
  switched(run: string, undo: () => void): void {
    const undos = this.undone.get(run) ?? []
    const [oldest] = this.undone.keys()
    if (this.undone.size >= MAX_RUNS && undos.length === 0) this.undone.delete(oldest!)
    this.undone.set(run, [...undos, undo])
  }

  /** The run has reached its end: it stays. */
  done(run: string): void {
    this.undone.delete(run)
  }

  /** The run is given up: whoever works with what it gave goes back. */
  giveUp(run: string): void {
    const undos = this.undone.get(run) ?? []
    this.undone.delete(run)
    for (const undo of [...undos].reverse()) undo()
  }
}

const runs = new PerRuntime(() => new LearningRuns())

/** The learning runs of this runtime. */
export function learningRunsOf(red: NodeAPI): LearningRuns {
  return runs.of(red)
}
