import type { AutoencoderModel } from '../core/autoencoder/model'
import type { Engine } from './kernels/choose'
import { Network } from './network'

export interface Scored {
  /** One score per window. */
  readonly score: Float32Array
  /** count × columns */
  readonly channelError: Float32Array
  /** count × steps × columns, in the units of the input; only where asked for. */
  readonly reconstruction?: Float32Array
}

/** Windows that go through the network at a time. */
const CHUNK = 32
/** Scaled values are held within ± this, so that a finite input never has an infinite score. */
export const LIMIT = 1e9

/**
 * Scores windows with a model learned here, on our own kernels. A window's score does not depend on the windows beside
 * it in a batch, on the engine or on the machine: it is the same to the bit.
 */
export class Scorer {
  private readonly network: Network
  private readonly scaled: Float32Array
  private readonly output: Float32Array

  constructor(
    private readonly model: AutoencoderModel,
    options: { readonly engine?: Engine; readonly batch?: number } = {},
  ) {
    const { spec, weights } = model
    this.network = new Network(spec, options.batch ?? CHUNK, { training: false, engine: options.engine })
    this.network.parameters.set(weights)
    const floats = this.network.batch * spec.steps * spec.columns
    this.scaled = new Float32Array(floats)
    this.output = new Float32Array(floats)
  }

  get engine(): 'wasm' | 'plain' {
    return this.network.kernels.engine
  }

  /** @param windows count × steps × columns values */
  score(windows: Float32Array, count: number, options: { readonly reconstruction?: boolean } = {}): Scored {
    const { columns, steps } = this.model.spec
    const size = steps * columns
    const score = new Float32Array(count)
    const channelError = new Float32Array(count * columns)
    const reconstruction = options.reconstruction === true ? new Float32Array(count * size) : undefined
    for (let from = 0; from < count; from += this.network.batch) {
      const rows = Math.min(this.network.batch, count - from)
      this.reconstruct(windows, from, rows)
      for (let row = 0; row < rows; row++) {
        score[from + row] = this.errors(row, channelError, (from + row) * columns)
        if (reconstruction !== undefined) this.unscale(row, reconstruction, (from + row) * size)
      }
    }
    return { score, channelError, ...(reconstruction === undefined ? {} : { reconstruction }) }
  }

  /** Fills `scaled` and `output` with the windows from … from + rows and what the network makes of them. */
  private reconstruct(windows: Float32Array, from: number, rows: number): void {
    const { network, scaled, output } = this
    const { offset, factor, spec } = this.model
    const { columns } = spec
    const size = spec.steps * columns
    for (let i = 0, at = from * size; i < rows * size; i += columns) {
      for (let column = 0; column < columns; column++, at++) {
        const value = Math.fround(Math.fround(windows[at]! - offset[column]!) * factor[column]!)
        scaled[i + column] = value > LIMIT ? LIMIT : value < -LIMIT ? -LIMIT : value
      }
    }
    network.takeIn(scaled, 0, rows)
    network.forward(rows)
    for (let row = 0; row < rows; row++) network.reconstruction(row, rows, output, row * size)
  }

  /** Writes the channel errors of one window; gives back their mean. */
  private errors(row: number, into: Float32Array, at: number): number {
    const { spec, weight, loss } = this.model
    const { steps, columns } = spec
    const first = row * steps * columns
    let total = 0
    for (let column = 0; column < columns; column++) {
      let sum = 0
      for (let step = 0, i = first + column; step < steps; step++, i += columns) {
        const error = this.output[i]! - this.scaled[i]!
        sum += loss === 'mse' ? error * error : Math.abs(error)
      }
      const mean = (sum / steps) * weight[column]!
      into[at + column] = mean
      total += mean
    }
    return total / columns
  }

  private unscale(row: number, into: Float32Array, at: number): void {
    const { spec, offset, factor } = this.model
    const { steps, columns } = spec
    const first = row * steps * columns
    for (let i = 0; i < steps * columns; i++) {
      const column = i % columns
      into[at + i] = Math.fround(this.output[first + i]! / factor[column]!) + offset[column]!
    }
  }
}
