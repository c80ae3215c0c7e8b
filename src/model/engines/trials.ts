import { createHash } from 'node:crypto'
import { DeviceError, InputError } from '../../core/errors'
import { MAX_WINDOWS } from '../onnx/layout'
import type { OnnxModel } from '../onnx/read'
import type { Installed } from './installed'
import { tryInChild, type Outcome, type Trial } from './trial'
import type { TrialMemory } from './trial-memory'

/** Signals that a process gets for its own faults; others (short of memory, out of time) may not come again. */
const FAULTS = /^SIG(SEGV|ILL|BUS|FPE|ABRT|TRAP|SYS)$/
/** Stands for a length that is open and that only the frames tell. */
const SOME_LENGTH = 64

/** Tries things in child processes, once per version of a library, and remembers how it went. */
export class Trials {
  constructor(
    private readonly engine: string,
    private readonly options: unknown,
    private readonly memory: TrialMemory,
    private readonly tryOut: (trial: Trial) => Promise<Outcome> = tryInChild,
  ) {}

  /** Tries the library itself, on a model of ours. */
  library(installed: Installed, model: Uint8Array, input: string, dims: readonly number[]): Promise<Outcome> {
    const trial = { library: installed.entry, options: this.options, model, input, dims }
    return this.memory.recall(this.keyOf(installed, 'probe'), () => this.tryOut(trial), isLasting)
  }

  /**
   * Tries a model from elsewhere, on one window and on as many as are ever run together: it must neither crash nor take too
   * much memory or time. @throws InputError where it crashed the process, DeviceError where the engine refused it
   */
  async model(installed: Installed, model: Uint8Array, { inputs }: OnnxModel): Promise<void> {
    const [input] = inputs
    const trial = { library: installed.entry, options: this.options, model, input: input?.name ?? '' }
    const isRunnable = inputs.length === 1 && input?.type === 1 && input.dims !== undefined
    const runs = isRunnable ? runsOf(input.dims) : {}
    const hash = createHash('sha256').update(model).digest('hex')
    const outcome = await this.memory.recall(
      this.keyOf(installed, hash),
      () => this.tryOut({ ...trial, ...runs }),
      isLastingForModel,
    )
    if (outcome.kind === 'crashed')
      throw new InputError('model.onnxCrashed', { field: 'model.onnx', reason: outcome.reason })
    if (outcome.kind === 'refused')
      throw new DeviceError('model.engineFailed', { field: this.engine, reason: outcome.reason })
  }

  private keyOf({ version }: Installed, what: string): string {
    return `${this.engine}@${version} node ${process.version} ${process.platform}-${process.arch} ${what}`
  }
}

/** An open first dimension is the batch; with others open nobody knows here what to run it on, so it may refuse. */
function runsOf(dims: NonNullable<OnnxModel['inputs'][number]['dims']>): Pick<Trial, 'dims' | 'attempts'> {
  const isOpen = typeof dims[0] === 'string'
  const known = dims.slice(1).every((dim) => typeof dim === 'number')
  const withBatch = (batch: number): readonly number[] =>
    dims.map((dim, i) => (typeof dim === 'number' ? dim : i === 0 ? batch : SOME_LENGTH))
  const attempts = [...(known ? [] : [withBatch(1)]), ...(isOpen ? [withBatch(MAX_WINDOWS)] : [])]
  return { ...(known ? { dims: withBatch(1) } : {}), ...(attempts.length === 0 ? {} : { attempts }) }
}

function isLasting(outcome: Outcome): boolean {
  return outcome.kind === 'ok'
}

function isLastingForModel(outcome: Outcome): boolean {
  return outcome.kind !== 'crashed' || FAULTS.test(outcome.reason)
}
