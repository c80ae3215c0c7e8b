import type { AutoencoderModel } from '../../core/autoencoder/model'
import { writeAutoencoder } from '../onnx/write-autoencoder'
import type { Session, Tensor } from './engine'

/** Scores and channel errors (count × columns), as our own engine gives them. */
export interface SessionScores {
  readonly score: Float32Array
  readonly channelError: Float32Array
}

/**
 * A model learned here on an ONNX engine: written as an ONNX file in memory, opened at the first use. For whoever prefers an
 * ONNX runtime to our own engine; scores agree to 1e-5.
 */
export class LearnedSession {
  private session: Promise<Session> | undefined
  private disposed = false

  /** @param open opens the file, such as `(bytes) => openModel(engines, bytes, { engine, trusted: true })` */
  constructor(
    private readonly model: AutoencoderModel,
    private readonly open: (bytes: Uint8Array) => Promise<Session>,
  ) {}

  /** @param windows count × steps × columns values @throws DeviceError where the engine cannot be had or refuses */
  async score(windows: Float32Array, count: number): Promise<SessionScores> {
    const { spec, channels = [] } = this.model
    this.session ??= this.open(writeAutoencoder(this.model, { channels, scoresOnly: true })).catch(
      (error: unknown) => {
        // Tried anew at the next score: what was lacking may have been installed.
        this.session = undefined
        throw error
      },
    )
    const session = await this.session
    const dims =
      spec.kind === 'dense' && spec.steps === 1 ? [count, spec.columns] : [count, spec.steps, spec.columns]
    const outputs = await session.run(windows, dims, ['score', 'channel_error'])
    return { score: values(outputs, 'score'), channelError: values(outputs, 'channel_error') }
  }

  /** Frees the session, also one that is only being opened. */
  dispose(): void {
    if (this.disposed) return
    this.disposed = true
    void this.session?.then(
      (session) => session.dispose(),
      () => undefined,
    )
  }
}

function values(outputs: ReadonlyMap<string, Tensor>, name: string): Float32Array {
  return outputs.get(name)?.data ?? new Float32Array(0)
}
