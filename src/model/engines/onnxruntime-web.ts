import { DeviceError } from '../../core/errors'
import { guardOnnx } from '../onnx/guard'
import type { Engine, Session } from './engine'
import { findInstalled, type Installed } from './installed'
import { openOrtSession, type OrtModule } from './ort-session'

const NAME = 'onnxruntime-web'

interface OrtWebModule extends OrtModule {
  readonly env: { logLevel?: string; wasm: { numThreads?: number; proxy?: boolean } }
}

/** ONNX Runtime in WebAssembly, where the user has installed it: slower, but it runs wherever Node does. */
export class OnnxRuntimeWeb implements Engine {
  readonly name = NAME
  private library?: OrtModule

  constructor(private readonly find: () => Installed | undefined = () => findInstalled(NAME)) {}

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

  async open(bytes: Uint8Array): Promise<Session> {
    const model = guardOnnx(bytes)
    const problem = await this.check()
    if (problem !== undefined || this.library === undefined)
      throw problem ?? new DeviceError('model.engineMissing', { field: NAME })
    return openOrtSession(this.library, NAME, 'wasm', bytes, model)
  }
}
