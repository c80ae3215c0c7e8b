import { createHash } from 'node:crypto'
import { DeviceError, InputError } from '../../core/errors'
import { guardOnnx } from '../onnx/guard'
import type { OnnxModel } from '../onnx/read'
import type { Engine, OpenOptions, Session } from './engine'
import { findInstalled, type Installed } from './installed'
import { openOrtSession, ORT_OPTIONS, type OrtModule } from './ort-session'
import { tryInChild, type Outcome, type Trial } from './trial'
import type { TrialMemory } from './trial-memory'

const NAME = 'onnxruntime-node'
/** y = tanh(x · x), x of 8 × 8: loads the library, its matrix kernels and its vector instructions. */
const PROBE = Buffer.from(
  'CAg6TgoRCgF4CgF4EgFoIgZNYXRNdWwKDAoBaBIBeSIEVGFuaBIBcFoTCgF4Eg4KDAgBEggKAggICgIICGITCgF5Eg4KDAgBEggKAggICgIICEIECgAQEQ==',
  'base64',
)
/** Signals that a process gets for its own faults; others (short of memory, out of time) may not come again. */
const FAULTS = /^SIG(SEGV|ILL|BUS|FPE|ABRT|TRAP|SYS)$/

/**
 * ONNX Runtime's native library (an optional dependency; not on Alpine, 32-bit ARM or Intel Macs). Before it is loaded here for
 * the first time it is loaded in a child process, once per version: on processors that it does not know it crashes. So is each
 * foreign model.
 */
export class OnnxRuntimeNode implements Engine {
  readonly name = NAME
  private checked?: Promise<DeviceError | undefined>
  private library?: OrtModule

  constructor(
    private readonly memory: TrialMemory,
    private readonly find: () => Installed | undefined = () => findInstalled(NAME),
    private readonly tryOut: (trial: Trial) => Promise<Outcome> = tryInChild,
  ) {}

  check(): Promise<DeviceError | undefined> {
    this.checked ??= this.probe()
    return this.checked
  }

  private async probe(): Promise<DeviceError | undefined> {
    const installed = this.find()
    if (installed === undefined) return new DeviceError('model.engineMissing', { field: NAME })
    const trial = {
      library: installed.entry,
      options: optionsOfTrial,
      model: PROBE,
      input: 'x',
      dims: [8, 8],
    }
    const outcome = await this.memory.recall(keyOf(installed, 'probe'), () => this.tryOut(trial), isLasting)
    if (outcome.kind !== 'ok')
      return new DeviceError('model.engineUnusable', { field: NAME, reason: outcome.reason })
    try {
      this.library = installed.load() as OrtModule
      return undefined
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return new DeviceError('model.engineUnusable', { field: NAME, reason }, { cause: error })
    }
  }

  async open(bytes: Uint8Array, options: OpenOptions = {}): Promise<Session> {
    const model = guardOnnx(bytes)
    const problem = await this.check()
    const library = this.library
    if (problem !== undefined || library === undefined)
      throw problem ?? new DeviceError('model.engineMissing', { field: NAME })
    if (options.trusted !== true) await this.tryModel(bytes, model)
    return openOrtSession(library, NAME, 'cpu', bytes, model)
  }

  private async tryModel(model: Uint8Array, { inputs }: OnnxModel): Promise<void> {
    const installed = this.find()
    if (installed === undefined) throw new DeviceError('model.engineMissing', { field: NAME })
    const input = inputs[0]
    // An open first dimension is the batch; with others open nobody knows here what to run it on.
    const dims = input?.dims?.map((dim, i) => (i === 0 && typeof dim === 'string' ? 1 : dim))
    const runnable = inputs.length === 1 && input?.type === 1 && dims?.every((dim) => typeof dim === 'number')
    const trial: Trial = {
      library: installed.entry,
      options: optionsOfTrial,
      model,
      input: input?.name ?? '',
      ...(runnable === true ? { dims } : {}),
    }
    const hash = createHash('sha256').update(model).digest('hex')
    const outcome = await this.memory.recall(
      keyOf(installed, hash),
      () => this.tryOut(trial),
      isLastingForModel,
    )
    if (outcome.kind === 'crashed')
      throw new InputError('model.onnxCrashed', { field: 'model.onnx', reason: outcome.reason })
    if (outcome.kind === 'refused')
      throw new DeviceError('model.engineFailed', { field: NAME, reason: outcome.reason })
  }
}

const optionsOfTrial = { ...ORT_OPTIONS, executionProviders: ['cpu'] }

function isLasting(outcome: Outcome): boolean {
  return outcome.kind === 'ok'
}

function isLastingForModel(outcome: Outcome): boolean {
  return outcome.kind !== 'crashed' || FAULTS.test(outcome.reason)
}

function keyOf({ version }: Installed, what: string): string {
  return `${NAME}@${version} node ${process.version} ${process.platform}-${process.arch} ${what}`
}
