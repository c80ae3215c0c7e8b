import { ContractExtender, partLine, type Contract } from '../core/contract'
import type { Block } from '../core/learning-cycle'
import { InputError } from '../core/errors'
import { spanOf, type Frame } from '../core/frame'
import type { FitContext, FitProgress, FittedPart, Learner } from '../core/stage'
import { withoutScore } from '../core/verdict'
import type { Applier, Item } from './applier'
import type { Host } from './host'
import type { Kept, LearnerNodeOptions, Line } from './learner-line'
import type { PartFile } from './model-access'
import { carry } from './stage-node'

/** Fits full blocks, at once or by promise; saves and puts to work what came of it, and sends the block on. */
export class Fitting<O> {
  /** Saves under way: closing waits for them. */
  private readonly saving = new Set<Promise<unknown>>()

  constructor(
    private readonly options: LearnerNodeOptions<O>,
    private readonly applier: Applier<O>,
    private readonly host: Host,
  ) {}

  start(block: Block<Item>, line: Line<O>): void {
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
      this.succeeded(block, line, kind, fitted)
      return
    }
    this.show(line, 0)
    fitted.then(
      (part) => this.host.guarded(() => this.succeeded(block, line, kind, part)),
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

  /** Does what writes to the model; what goes wrong is reported. */
  save(work: () => Promise<unknown>): void {
    const saved = work().catch((error: unknown) => {
      this.host.failed('status.notSaved')
      this.host.error(error)
    })
    this.saving.add(saved)
    void saved.finally(() => this.saving.delete(saved))
  }

  /** Resolves when all that was begun to be saved is saved. */
  async settled(): Promise<void> {
    await Promise.all(this.saving)
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

  private succeeded(block: Block<Item>, line: Line<O>, kind: string, fitted: FittedPart): void {
    if (this.isGivenUp(block, line) || this.host.isClosed) return
    const { access, learner, role } = this.options
    let part: Kept<O>
    let contract: Contract
    try {
      const file = { kind, role, input: block.contract, ...fitted }
      part = toKept(learner, file, access.hash(file))
      contract = part.extender.extend(block.contract)
      this.save(() => access.keep(line.key, file, contract))
    } catch (error) {
      this.failed(block, line, error)
      return
    }
    for (const old of line.cycle.fitted(block, part)) old.model.dispose?.()
    this.ended(line)
    for (const warning of fitted.report.warnings) this.host.warn(warning.key, warning.params)
    const { rows, figures } = fitted.report
    this.host.announce({ ...line.key, state: 'learned', figures: { rows, ...figures } })
    const ready = this.options.ready?.() ?? this.host.text('status.ready')
    this.host.refresh(() => this.host.status('green', 'dot', ready))
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
  }

  private ended(line: Line<O>): void {
    line.abort = undefined
    line.progress = undefined
    line.shortProgress = undefined
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
    line.progress = text
    line.shortProgress = short
    this.host.announce({ ...line.key, state: 'fitting', text, figures: { done, ...figures } })
    this.host.refresh(() => this.host.status('yellow', 'dot', short))
  }
}

/** A part, fitted here or imported, ready to work. @throws InputError on a part that the learner does not know */
export function toKept<O>(
  learner: Learner<O>,
  { kind, body, blobs }: Pick<PartFile, 'kind' | 'body' | 'blobs'>,
  hash: string,
): Kept<O> {
  const extender = new ContractExtender(partLine(kind, hash))
  return { model: learner.load(body, blobs), hash, extender }
}
