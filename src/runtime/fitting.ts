import { ContractExtender, partLine, type Contract } from '../core/contract'
import { InputError } from '../core/errors'
import { spanOf, type Frame } from '../core/frame'
import type { Block } from '../core/learning-cycle'
import type { FitContext, FitProgress, FittedPart, Learner } from '../core/stage'
import { withoutScore } from '../core/verdict'
import { kindOf } from '../model/part'
import type { Applier, Item } from './applier'
import type { Host } from './host'
import type { Kept, LearnerNodeOptions, Line } from './learner-line'
import { learningRunsOf } from './learning-runs'
import type { LearnerStatus } from './learner-status'
import type { PartFile } from './model-access'
import { Saver } from './saver'
import { carry } from './stage-node'
import { tryPart, type Comparison } from './try-part'

/** What a fit gave, ready to work. */
interface Fresh<O> {
  readonly part: Kept<O>
  readonly file: PartFile
}

/**
 * Fits full blocks, at once or by promise; tries what came of it beside what works so far, then saves it, puts it to work and sends
 * the block on.
 */
export class Fitting<O> {
  /** Writes to the model. */
  readonly saver: Saver

  constructor(
    private readonly options: LearnerNodeOptions<O>,
    private readonly applier: Applier<O>,
    private readonly status: LearnerStatus<O>,
    private readonly host: Host,
  ) {
    this.saver = new Saver(host)
  }

  start(block: Block<Item>, line: Line<O>): void {
    line.abort?.abort()
    const abort = new AbortController()
    line.abort = abort
    const progress: FitContext['progress'] = (done, said) => {
      if (!abort.signal.aborted) this.show(line, done, said)
    }
    let fitted: FittedPart | Promise<FittedPart>
    let kind: string
    try {
      const frames = block.items.map((item) => item.frame)
      const learner = this.learnerFor(line)
      line.goesOn = false
      kind = learner.line
      fitted = learner.fit(frames, { signal: abort.signal, progress })
    } catch (error) {
      this.failed(block, line, error)
      return
    }
    if (!(fitted instanceof Promise)) {
      this.tryOut(block, line, kind, fitted, 'once', abort.signal)
      return
    }
    this.show(line, 0)
    fitted.then(
      (part) => this.host.guarded(() => this.tryOut(block, line, kind, part, 'slices', abort.signal)),
      (error: unknown) => this.host.guarded(() => this.failed(block, line, error)),
    )
  }

  /** Why a block of frames like this one could never be learned from. */
  flawOf(frame: Frame, line: Line<O>): Error | undefined {
    const { rows } = this.options
    try {
      const learner = this.learnerFor(line)
      const need = learner.minimumRows(frame.channels.length)
      if (rows < need) throw new InputError('learning.tooFewRows', { field: 'rows', need, got: rows })
      learner.check?.(frame, rows)
      return undefined
    } catch (error) {
      return error as Error
    }
  }

  /** Answers for a block that could never be learned from, as `flawOf` says; that is said once. */
  refuse(flaw: Error, block: Block<Item> | undefined, line: Line<O>): void {
    const { message } = this.host.translated(flaw)
    line.goesOn = false
    if (line.refusal !== message) {
      line.refusal = message
      this.host.announce({ ...line.key, state: 'failed', text: message })
      this.host.error(flaw, block?.items.at(-1)?.message)
    }
    this.host.refresh(() => this.host.status('red', 'ring', this.host.text('status.badSettings')))
    if (block?.held === true) this.answerAll(block, message)
    if (block !== undefined) this.over(line, block)
  }

  /** Answers the frames of a block that comes to nothing. */
  answerAll({ items, contract }: Block<Item>, detail: string): void {
    this.applier.submitBlock(
      items.map(({ frame, message, send }) => {
        const verdict = withoutScore('LEARNING', spanOf(frame), contract, detail)
        return { kind: 'pass', message: carry(message, verdict), send }
      }),
    )
  }

  /** Answers for a block that is given up, where its frames still wait. */
  answerGivenUp(block: Block<Item> | undefined): void {
    if (block?.held === true) this.answerAll(block, this.host.text('learning.givenUp'))
  }

  /** @throws InputError where there is nothing to go on from */
  private learnerFor(line: Line<O>): Learner<O> {
    const { access, continueFrom, learner } = this.options
    if (line.goesOn !== true || continueFrom === undefined) return learner
    const [newest] = access.partsOf(line.key, learner.line)
    if (newest === undefined)
      throw new InputError('learning.nothingToContinue', { field: 'msg.learn', line: learner.line })
    return continueFrom(newest)
  }

  /** Nothing changes before the part has shown on its own block that it works. */
  private tryOut(
    block: Block<Item>,
    line: Line<O>,
    kind: string,
    fitted: FittedPart,
    work: 'once' | 'slices',
    signal: AbortSignal,
  ): void {
    if (this.isGivenUp(block, line) || this.host.isClosed) return
    const { access, learner, role, present } = this.options
    let fresh: Fresh<O> | undefined
    let compared: Comparison | Promise<Comparison>
    try {
      const file = { kind, role, input: block.contract, ...fitted }
      const part = toKept(learner, file, access.hash(file))
      fresh = { part, file }
      compared = tryPart({
        part,
        before: line.cycle.find(block.contract)?.part,
        frames: block.items.map((item) => item.frame),
        stream: line.key,
        present,
        field: kindOf(file),
        words: (error) => this.host.translated(error).message,
        work,
        signal,
      })
    } catch (error) {
      this.refuted(block, line, fresh, error)
      return
    }
    const { part, file } = fresh
    if (!(compared instanceof Promise)) {
      this.succeeded(block, line, part, file, compared)
      return
    }
    compared.then(
      (figures) => this.host.guarded(() => this.succeeded(block, line, part, file, figures)),
      (error: unknown) => this.host.guarded(() => this.refuted(block, line, fresh, error)),
    )
  }

  private refuted(block: Block<Item>, line: Line<O>, fresh: Fresh<O> | undefined, error: unknown): void {
    fresh?.part.model.dispose?.()
    this.failed(block, line, error)
  }

  private succeeded(
    block: Block<Item>,
    line: Line<O>,
    part: Kept<O>,
    fitted: PartFile,
    compared: Comparison,
  ): void {
    if (this.isGivenUp(block, line) || this.host.isClosed) {
      part.model.dispose?.()
      return
    }
    const { access } = this.options
    const { rows, warnings, figures: learned } = fitted.report
    const figures = { ...learned, ...compared }
    const contract = part.extender.extend(block.contract)
    this.saver.save(() => access.keep(line.key, { ...fitted, report: { rows, warnings, figures } }, contract))
    const hadOne = line.cycle.find(block.contract) !== undefined
    for (const old of line.cycle.fitted(block, part)) old.model.dispose?.()
    if (hadOne) learningRunsOf(this.host.red).switched(block.id, () => this.takeBack(line, part, contract))
    this.ended(line)
    for (const warning of warnings) this.host.warn(warning.key, warning.params)
    this.host.announce({ ...line.key, state: 'learned', figures: { rows, ...figures } })
    this.host.refresh(() => this.status.ready(part))
    const shared = { kind: 'apply', part, stream: line.key, learning: block.id, inSample: true } as const
    this.applier.submitBlock(block.items.map((item) => ({ ...shared, item })))
  }

  private failed(block: Block<Item>, line: Line<O>, error: unknown): void {
    if (this.isGivenUp(block, line)) return
    line.cycle.failed()
    this.ended(line)
    this.host.announce({ ...line.key, state: 'failed', text: this.host.translated(error).message })
    this.host.failed('status.failed')
    this.host.error(error, block.items.at(-1)?.message)
    if (block.held) this.answerAll(block, this.host.text('learning.failedBlock'))
    this.over(line, block)
  }

  /** The run comes to nothing: nodes before that have switched already go back. */
  private over(line: Line<O>, { id, contract }: Block<Item>): void {
    learningRunsOf(this.host.red).giveUp(id)
    this.unmark(line, contract)
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
    if (block.held && !this.host.isClosed) this.answerAll(block, this.host.text('learning.givenUp'))
    return true
  }

  private show(line: Line<O>, done: number, said?: FitProgress): void {
    const fitting = this.host.text('status.fitting', { percent: Math.round(done * 100) })
    const { text, short, figures } = said ?? { text: fitting, short: fitting }
    line.progress = { text, short }
    this.host.announce({ ...line.key, state: 'fitting', text, figures: { done, ...figures } })
    this.host.refresh(() => this.status.fitting(short))
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
