import { ContractExtender, partLine, type Contract } from '../core/contract'
import type { Block } from '../core/learning-cycle'
import type { FitContext, FittedPart, Learner } from '../core/stage'
import type { Applier, Item } from './applier'
import type { Host } from './host'
import type { Kept, LearnerNodeOptions, Line } from './learner-line'
import { learningRunsOf } from './learning-runs'
import type { LearnerStatus } from './learner-status'
import type { PartFile } from './model-access'
import { Saver } from './saver'

/** What becomes of a block whose fit was given up or failed: its frames have to be answered. */
export type AnswerAll = (block: Block<Item>, why: 'learning.givenUp' | 'learning.failedBlock') => void

/** Fits full blocks, at once or by promise; saves and puts to work what came of it, and sends the block on. */
export class Fitting<O> {
  /** Writes to the model: closing waits for it. */
  readonly saver: Saver

  constructor(
    private readonly options: LearnerNodeOptions<O>,
    private readonly applier: Applier<O>,
    private readonly answerAll: AnswerAll,
    private readonly status: LearnerStatus<O>,
    private readonly host: Host,
  ) {
    this.saver = new Saver(host)
  }

  start(block: Block<Item>, line: Line<O>): void {
    line.abort?.abort()
    const abort = new AbortController()
    line.abort = abort
    const progress: FitContext['progress'] = (done, text, figures) => {
      if (!abort.signal.aborted) this.show(line, done, text, figures)
    }
    let fitted: FittedPart | Promise<FittedPart>
    try {
      const frames = block.items.map((item) => item.frame)
      fitted = this.learnerFor(line).fit(frames, { signal: abort.signal, progress })
    } catch (error) {
      this.failed(block, line, error)
      return
    }
    if (!(fitted instanceof Promise)) {
      this.succeeded(block, line, fitted)
      return
    }
    this.show(line, 0)
    fitted.then(
      (part) => this.host.guarded(() => this.succeeded(block, line, part)),
      (error: unknown) => this.host.guarded(() => this.failed(block, line, error)),
    )
  }

  private learnerFor(line: Line<O>): Learner<O> {
    const { access, continueFrom, learner } = this.options
    const newest = line.goesOn === true ? access.partsOf(line.key, learner.line)[0] : undefined
    line.goesOn = false
    return newest === undefined || continueFrom === undefined ? learner : continueFrom(newest)
  }

  private succeeded(block: Block<Item>, line: Line<O>, fitted: FittedPart): void {
    if (this.isGivenUp(block, line) || this.host.isClosed) return
    const { access, learner, role } = this.options
    let part: Kept<O>
    let contract: Contract
    try {
      const file = { kind: learner.line, role, input: block.contract, ...fitted }
      part = toKept(learner, file, access.hash(file))
      contract = part.extender.extend(block.contract)
      this.saver.save(() => access.keep(line.key, file, contract))
    } catch (error) {
      this.failed(block, line, error)
      return
    }
    const hadOne = line.cycle.find(block.contract) !== undefined
    for (const old of line.cycle.fitted(block, part)) old.model.dispose?.()
    if (hadOne) learningRunsOf(this.host.red).switched(block.id, () => this.takeBack(line, part, contract))
    this.ended(line)
    for (const warning of fitted.report.warnings) this.host.warn(warning.key, warning.params)
    const { rows, figures } = fitted.report
    this.host.announce({ ...line.key, state: 'learned', figures: { rows, ...figures } })
    this.host.refresh(() => this.status.ready(part))
    for (const item of block.items) {
      const { key: stream } = line
      this.applier.submitUnawaited({ kind: 'apply', item, part, stream, learning: block.id, inSample: true })
    }
  }

  private failed(block: Block<Item>, line: Line<O>, error: unknown): void {
    if (this.isGivenUp(block, line)) return
    line.cycle.failed()
    this.ended(line)
    this.host.announce({ ...line.key, state: 'failed', text: this.host.translated(error).message })
    this.host.failed('status.failed')
    this.host.error(error, block.items.at(-1)?.message)
    if (block.held) this.answerAll(block, 'learning.failedBlock')
    learningRunsOf(this.host.red).giveUp(block.id)
    this.unmark(line, block.contract)
  }

  /** A run that began at this node has been given up: a restart must not begin it anew. */
  unmark(line: Line<O>, contract: Contract): void {
    const { access } = this.options
    if (line.cycle.find(contract) !== undefined) this.saver.save(() => access.takeBack(line.key, contract))
  }

  /** The part of before works again, here and in the model. */
  private takeBack(line: Line<O>, part: Kept<O>, chain: Contract): void {
    line.cycle.takeBack(part)
    part.model.dispose?.()
    const { access } = this.options
    this.saver.save(() => access.takeBack(line.key, chain))
    if (this.host.isClosed) access.reloadAll()
  }

  private ended(line: Line<O>): void {
    line.abort = undefined
    line.progress = undefined
  }

  /** A block that was given up while it was being fitted must not be used, but its frames still wait. */
  private isGivenUp(block: Block<Item>, line: Line<O>): boolean {
    if (line.cycle.isFitting(block.id)) return false
    if (block.held && !this.host.isClosed) this.answerAll(block, 'learning.givenUp')
    return true
  }

  private show(
    line: Line<O>,
    done: number,
    text?: string,
    figures: Readonly<Record<string, number>> = {},
  ): void {
    const said = text ?? this.host.text('status.fitting', { percent: Math.round(done * 100) })
    line.progress = { text: said, done, figures }
    this.host.announce({ ...line.key, state: 'fitting', text: said, figures: { done, ...figures } })
    this.host.refresh(() => this.status.fitting(done, figures))
  }
}

/** A part, fitted here or imported, ready to work. @throws InputError on a part that the learner does not know */
export function toKept<O>(
  learner: Learner<O>,
  { kind, body, blobs, report }: Pick<PartFile, 'kind' | 'body' | 'blobs' | 'report'>,
  hash: string,
): Kept<O> {
  const extender = new ContractExtender(partLine(kind, hash))
  return { model: learner.load(body, blobs), hash, extender, warnings: report.warnings.length }
}
