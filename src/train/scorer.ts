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
  /** Of every cell of a window. */
  private readonly offsets: Float32Array
  private readonly factors: Float32Array
  private readonly scaled: Float32Array
  private readonly output: Float32Array
  /** Of one window's errors, per column. */
  private readonly sums: Float64Array

  constructor(
    private readonly model: AutoencoderModel,
    options: { readonly engine?: Engine; readonly batch?: number } = {},
  ) {
    const { spec, weights } = model
    this.network = new Network(spec, options.batch ?? CHUNK, { training: false, engine: options.engine })
    this.network.parameters.set(weights)
    const size = spec.steps * spec.columns
    const tiled = (values: Float32Array): Float32Array =>
      Float32Array.from({ length: size }, (_, i) => values[i % spec.columns]!)
    this.offsets = tiled(model.offset)
    this.factors = tiled(model.factor)
    const floats = this.network.batch * size
    this.scaled = new Float32Array(floats)
    this.output = new Float32Array(floats)
    this.sums = new Float64Array(spec.columns)
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
    const { network, scaled, output, offsets, factors } = this
    const size = offsets.length
    for (let row = 0, i = 0, at = from * size; row < rows; row++) {
      for (let cell = 0; cell < size; cell++, i++, at++) {
        const value = Math.fround(windows[at]! - offsets[cell]!) * factors[cell]!
        // Comparing is faster than Math.min and Math.max, and does the same.
        scaled[i] = value > LIMIT ? LIMIT : value < -LIMIT ? -LIMIT : value
      }
    }
    network.takeIn(scaled, 0, rows)
    network.forward(rows)
    for (let row = 0; row < rows; row++) network.reconstruction(row, rows, output, row * size)
  }

  /** Writes the channel errors of one window; gives back their mean. */
  private errors(row: number, into: Float32Array, at: number): number {
    const { output, scaled, sums } = this
    const { spec, weight, loss } = this.model
    const { steps, columns } = spec
    const squared = loss === 'mse'
    sums.fill(0)
    for (let step = 0, i = row * steps * columns; step < steps; step++) {
      for (let column = 0; column < columns; column++, i++) {
        const error = output[i]! - scaled[i]!
        sums[column]! += squared ? error * error : Math.abs(error)
      }
    }
    let total = 0
    for (let column = 0; column < columns; column++) {
      const mean = (sums[column]! / steps) * weight[column]!
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
