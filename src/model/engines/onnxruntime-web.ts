import { DeviceError } from '../../core/errors'
import { guardOnnx } from '../onnx/guard'
import type { Engine, OpenOptions, Session } from './engine'
import { findInstalled, type Installed } from './installed'
import { openOrtSession, ORT_OPTIONS, type OrtModule } from './ort-session'
import type { Outcome, Trial } from './trial'
import type { TrialMemory } from './trial-memory'
import { Trials } from './trials'

const NAME = 'onnxruntime-web'

interface OrtWebModule extends OrtModule {
  readonly env: { logLevel?: string; wasm: { numThreads?: number; proxy?: boolean } }
}

/**
 * ONNX Runtime in WebAssembly, where the user has installed it: slower, but it runs wherever Node does. It cannot crash the
 * process, but a foreign model can take its memory and time, so that is tried in a child process too.
 */
export class OnnxRuntimeWeb implements Engine {
  readonly name = NAME
  private readonly trials: Trials
  private library?: OrtModule

  constructor(
    memory: TrialMemory,
    private readonly find: () => Installed | undefined = () => findInstalled(NAME),
    tryOut?: (trial: Trial) => Promise<Outcome>,
  ) {
    this.trials = new Trials(NAME, { ...ORT_OPTIONS, executionProviders: ['wasm'] }, memory, tryOut)
  }

  async check(): Promise<DeviceError | undefined> {
    if (this.library !== undefined) return undefined
    const installed = this.find()
    if (installed === undefined) return new DeviceError('model.engineMissing', { field: NAME })
    try {
      const library = installed.load() as OrtWebModule
      // More threads would need workers of its own, for nothing with models of this size.
      library.env.wasm.numThreads = 1
      library.env.wasm.proxy = false
      library.env.logLevel = 'fatal'
      this.library = library
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
    return openOrtSession(library, NAME, 'wasm', bytes, model)
  }
}
