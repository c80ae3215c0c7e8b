import { DeviceError } from '../../core/errors'
import { guardOnnx } from '../onnx/guard'
import type { Engine, OpenOptions, Session } from './engine'
import { findInstalled, isAtLeast, type Installed } from './installed'
import { openOrtSession, ORT_OPTIONS, type OrtModule } from './ort-session'
import type { Outcome, Trial } from './trial'
import type { TrialMemory } from './trial-memory'
import { Trials } from './trials'

const NAME = 'onnxruntime-node'
/** Up to 1.29 a model can make it read any file, or any address of the process. */
const LEAST = '1.30'
/** y = tanh(x · x), x of 8 × 8: loads the library, its matrix kernels and its vector instructions. */
const PROBE = Buffer.from(
  'CAg6TgoRCgF4CgF4EgFoIgZNYXRNdWwKDAoBaBIBeSIEVGFuaBIBcFoTCgF4Eg4KDAgBEggKAggICgIICGITCgF5Eg4KDAgBEggKAggICgIICEIECgAQEQ==',
  'base64',
)

/**
 * ONNX Runtime's native library (an optional dependency; not on Alpine, 32-bit ARM or Intel Macs). Before it is loaded here for
 * the first time it is loaded in a child process, once per version: on processors that it does not know it crashes. So is each
 * foreign model.
 */
export class OnnxRuntimeNode implements Engine {
  readonly name = NAME
  private readonly trials: Trials
  private checked?: Promise<DeviceError | undefined>
  private library?: OrtModule

  constructor(
    memory: TrialMemory,
    private readonly find: () => Installed | undefined = () => findInstalled(NAME),
    tryOut?: (trial: Trial) => Promise<Outcome>,
  ) {
    this.trials = new Trials(NAME, { ...ORT_OPTIONS, executionProviders: ['cpu'] }, memory, tryOut)
  }

  check(): Promise<DeviceError | undefined> {
    this.checked ??= this.probe()
    return this.checked
  }

  private async probe(): Promise<DeviceError | undefined> {
    const installed = this.find()
    if (installed === undefined) return new DeviceError('model.engineMissing', { field: NAME })
    const { version: got } = installed
    if (!isAtLeast(got, LEAST))
      return new DeviceError('model.engineTooOld', { field: NAME, got, need: LEAST })
    const outcome = await this.trials.library(installed, PROBE, 'x', [8, 8])
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
    const [library, installed] = [this.library, this.find()]
    if (problem !== undefined || library === undefined || installed === undefined)
      throw problem ?? new DeviceError('model.engineMissing', { field: NAME })
    if (options.trusted !== true) await this.trials.model(installed, bytes, model)
    return openOrtSession(library, NAME, 'cpu', bytes, model)
  }
}
