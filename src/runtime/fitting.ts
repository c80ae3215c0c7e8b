import { ContractExtender, partLine, type Contract } from '../core/contract'
import type { Block } from '../core/learning-cycle'
import type { FitContext, FittedPart, Learner, Model } from '../core/stage'
import type { Applier, Item } from './applier'
import type { Host } from './host'
import type { Kept, LearnerNodeOptions, Line } from './learner-line'
import type { PartFile } from './model-access'

/** What becomes of a block whose fit was given up or failed: its frames have to be answered. */
export type AnswerAll = (block: Block<Item>, why: 'learning.givenUp' | 'learning.failedBlock') => void

/** Fits full blocks, at once or by promise; saves and puts to work what came of it, and sends the block on. */
export class Fitting<O> {
  /** Saves under way: closing waits for them. */
  private readonly saving = new Set<Promise<unknown>>()

  constructor(
    private readonly options: LearnerNodeOptions<O>,
    private readonly applier: Applier<O>,
    private readonly answerAll: AnswerAll,
    private readonly host: Host,
  ) {}

  start(block: Block<Item>, line: Line<O>): void {
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
    this.host.refresh(() => showReady(this.host, part.model, this.options))
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
    line.progress = said
    this.host.announce({ ...line.key, state: 'fitting', text: said, figures: { done, ...figures } })
    this.host.refresh(() => this.host.status('yellow', 'dot', said))
  }
}

/** Shows that a model works, or is only being opened. */
export function showReady<O>(
  host: Host,
  model: Model<O>,
  { ready }: Pick<LearnerNodeOptions<O>, 'ready'>,
): void {
  const text = ready === undefined ? host.text('status.ready') : ready(model)
  if (text === undefined) host.status('yellow', 'ring', host.text('status.loading'))
  else host.status('green', 'dot', text)
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
