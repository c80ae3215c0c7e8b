import type { Engine } from './kernels/choose'
import { ADAM, Network } from './network'
import type { Loss, NetworkSpec } from '../core/autoencoder/spec'
import type { Trainee } from './training'

/** Training on our own kernels. */
export class OwnTrainee implements Trainee {
  readonly network: Network

  constructor(
    spec: NetworkSpec,
    private readonly loss: Loss,
    private readonly batch: number,
    private readonly clipNorm: number,
    private readonly weightDecay: number,
    engine: Engine,
  ) {
    this.network = new Network(spec, batch, { training: true, engine })
  }

  getWeights(): Float32Array {
    return this.network.parameters.slice()
  }

  begin(weights: Float32Array): void {
    this.network.parameters.set(weights)
    this.network.restart()
  }

  step(data: Float32Array, order: Uint32Array, from: number, count: number, learningRate: number): number {
    const { network, clipNorm } = this
    network.takeIn(data, from, count, order)
    network.forward(count)
    const loss = network.loss(this.loss, count)
    network.backward(count)
    const norm = network.gradientNorm()
    if (!Number.isFinite(norm)) return NaN
    network.adam(
      { ...ADAM, learningRate, weightDecay: this.weightDecay },
      clipNorm > 0 && norm > clipNorm ? clipNorm / norm : 1,
    )
    return loss
  }

  evaluate(data: Float32Array, from: number, count: number): number {
    const { network, batch } = this
    let sum = 0
    for (let done = 0; done < count; done += batch) {
      const rows = Math.min(batch, count - done)
      network.takeIn(data, from + done, rows)
      network.forward(rows)
      sum += network.loss(this.loss, rows) * rows
    }
    return sum / count
  }

  dispose(): void {
    // The memory goes with the object.
  }
}
