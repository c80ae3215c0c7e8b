import { Arena, sampleStride, type Layer, type PlannedLayer, type Planner, type Tensor } from './arena'
import { chooseKernels, type Engine } from './kernels/choose'
import type { Kernels } from './kernels/kernels'
import { convLayer } from './layers/conv'
import { denseLayer } from './layers/dense'
import { lstmLayer } from './layers/lstm'
import {
  blockSize,
  parameterBlocks,
  parameterCount,
  type LayerSpec,
  type Loss,
  type NetworkSpec,
} from '../core/autoencoder/spec'

interface Plan {
  readonly arena: Arena
  readonly input: Tensor
  readonly output: Tensor
  readonly count: number
  readonly parameters: number
  readonly gradients: number
  readonly moments: number
  readonly layers: readonly PlannedLayer[]
}

function planLayer(
  layer: Exclude<LayerSpec, { type: 'repeat' }>,
  input: Tensor,
  weights: number,
  gradients: number,
  planner: Planner,
): PlannedLayer {
  switch (layer.type) {
    case 'dense':
      return denseLayer(layer, input, weights, gradients, planner)
    case 'lstm':
      return lstmLayer(layer, input, weights, gradients, planner)
    case 'conv':
    case 'conv-transpose':
      return convLayer(layer, input, weights, gradients, planner)
  }
}

function inputTensor(spec: NetworkSpec, { arena, batch }: Planner): Tensor {
  const form = spec.kind === 'dense' ? 'flat' : spec.kind === 'lstm' ? 'steps' : 'samples'
  const width = spec.kind === 'dense' ? spec.steps * spec.columns : spec.columns
  const margin = Math.max(
    0,
    ...spec.layers.map((layer) => ('kernel' in layer ? layer.kernel + layer.stride : 0)),
  )
  const shape: Tensor = { form, width, steps: spec.steps, margin, data: 0, grad: 0 }
  const floats = form === 'samples' ? sampleStride(shape) : spec.steps * spec.columns
  return { ...shape, data: arena.take(batch * floats) }
}

/** Lays a network out in memory, without having the memory yet. */
function planNetwork(spec: NetworkSpec, batch: number, training: boolean): Plan {
  const arena = new Arena()
  const planner: Planner = { arena, batch, training }
  const count = parameterCount(spec)
  const parameters = arena.take(count)
  const gradients = training ? arena.take(count) : 0
  const moments = training ? arena.take(2 * count) : 0
  const input = inputTensor(spec, planner)
  const blocks = parameterBlocks(spec)
  const layers: PlannedLayer[] = []
  let tensor = input
  let at = 0
  spec.layers.forEach((layer, i) => {
    if (layer.type === 'repeat') {
      tensor = { ...tensor, form: 'repeated' }
      return
    }
    const planned = planLayer(layer, tensor, parameters + at, gradients + at, planner)
    layers.push(planned)
    tensor = planned.output
    at += blocks[i]!.reduce((sum, block) => sum + blockSize(block), 0)
  })
  return { arena, input, output: tensor, count, parameters, gradients, moments, layers }
}

/** Floats of memory that a network needs for batches of up to `batch` windows. */
export function networkFloats(spec: NetworkSpec, batch: number, training: boolean): number {
  return planNetwork(spec, batch, training).arena.size
}

export interface AdamSettings {
  readonly learningRate: number
  readonly beta1: number
  readonly beta2: number
  /** Added to the root of the second moment; 1e-8 as in the paper and in PyTorch (Keras: 1e-7). */
  readonly epsilon: number
  /** Kernels, not biases, lose this share of themselves times the rate at each step. */
  readonly weightDecay: number
}

export const ADAM: AdamSettings = {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
}

/** A network in memory of its own: weights, values and, for training, gradients and moments. Not for two callers at a time. */
export class Network {
  readonly kernels: Kernels
  readonly parameterCount: number
  private readonly plan: Plan
  private readonly layers: readonly Layer[]
  private readonly blocks: readonly { readonly name: string; readonly size: number }[]
  /** Powers of Adam's betas; products, since Math.pow differs between versions of V8. */
  private powers: [number, number] = [1, 1]

  /** @param batch largest batch that will be given */
  constructor(
    readonly spec: NetworkSpec,
    readonly batch: number,
    options: { readonly training: boolean; readonly engine?: Engine },
  ) {
    this.plan = planNetwork(spec, batch, options.training)
    this.kernels = chooseKernels(this.plan.arena.size, options.engine)
    this.layers = this.plan.layers.map((layer) => layer.bind(this.kernels))
    this.parameterCount = this.plan.count
    this.blocks = parameterBlocks(spec)
      .flat()
      .map((block) => ({ name: block.name, size: blockSize(block) }))
  }

  /** The weights, by layer and block as in `parameterBlocks`; a view. Without training they are set before the first pass and stay. */
  get parameters(): Float32Array {
    return this.kernels.heap.subarray(this.plan.parameters, this.plan.parameters + this.plan.count)
  }

  /** The gradients of the last `accumulate`, in the order of the weights; a view. */
  get gradients(): Float32Array {
    return this.kernels.heap.subarray(this.plan.gradients, this.plan.gradients + this.plan.count)
  }

  /**
   * Takes windows (steps × columns, row-major) from `data`: window `order[from + i]`, or `from + i` without an order.
   */
  takeIn(data: Float32Array, from: number, count: number, order?: Uint32Array): void {
    const { heap } = this.kernels
    const { input } = this.plan
    const { steps, columns } = this.spec
    const size = steps * columns
    for (let i = 0; i < count; i++) {
      const window = (order === undefined ? from + i : order[from + i]!) * size
      if (input.form !== 'steps') {
        const stride = input.form === 'samples' ? sampleStride(input) : size
        heap.set(data.subarray(window, window + size), input.data + i * stride + input.margin * columns)
        continue
      }
      let to = input.data + i * columns
      for (let at = window; at < window + size; at += columns, to += count * columns) {
        for (let column = 0; column < columns; column++) heap[to + column] = data[at + column]!
      }
    }
  }

  /** Works out the reconstruction of what was taken in. */
  forward(count: number): void {
    for (const layer of this.layers) layer.forward(count)
  }

  /** Writes the reconstruction of window `index` of a batch of `count` to `into` (steps × columns, row-major). */
  reconstruction(index: number, count: number, into: Float32Array, at: number): void {
    const { heap } = this.kernels
    const { output } = this.plan
    const { steps, columns } = this.spec
    const size = steps * columns
    if (output.form !== 'steps') {
      const stride = output.form === 'samples' ? sampleStride(output) : size
      const from = output.data + index * stride + output.margin * columns
      into.set(heap.subarray(from, from + size), at)
      return
    }
    for (let step = 0; step < steps; step++) {
      const from = output.data + (step * count + index) * columns
      for (let column = 0; column < columns; column++)
        into[at + step * columns + column] = heap[from + column]!
    }
  }

  /** Mean loss of the batch that went forward, and its gradient for `backward`; only in training. */
  loss(loss: Loss, count: number): number {
    const { input, output } = this.plan
    const cells = count * this.spec.steps * this.spec.columns
    const floats = output.form === 'samples' ? count * sampleStride(output) : cells
    const sum = loss === 'mse' ? this.kernels.squaredLoss : this.kernels.absoluteLoss
    const total = sum(floats, output.data, input.data, output.grad, 1 / cells)
    return total / cells
  }

  /** Works out the gradients after `loss`. */
  backward(count: number): void {
    const { gradients, count: weights } = this.plan
    this.kernels.heap.fill(0, gradients, gradients + weights)
    for (let i = this.layers.length - 1; i >= 0; i--) this.layers[i]!.backward(count)
  }

  /** Euclidean norm of all gradients. */
  gradientNorm(): number {
    return Math.sqrt(this.kernels.sumSquares(this.plan.count, this.plan.gradients))
  }

  /** One step of Adam with the gradients multiplied by `scale`. */
  adam(settings: AdamSettings, scale: number): void {
    const { parameters, gradients, moments, count } = this.plan
    const { learningRate, beta1, beta2, epsilon, weightDecay } = settings
    this.powers = [this.powers[0] * beta1, this.powers[1] * beta2]
    const rate = learningRate / (1 - this.powers[0])
    const root = 1 / Math.sqrt(1 - this.powers[1])
    let at = 0
    for (const { name, size } of this.blocks) {
      const keep = name === 'bias' ? 1 : 1 - learningRate * weightDecay
      const m = moments + at
      this.kernels.adam(
        size,
        parameters + at,
        gradients + at,
        m,
        m + count,
        scale,
        beta1,
        beta2,
        rate,
        root,
        epsilon,
        keep,
      )
      at += size
    }
  }

  /** Forgets the moments of Adam. */
  restart(): void {
    const { moments, count } = this.plan
    this.kernels.heap.fill(0, moments, moments + 2 * count)
    this.powers = [1, 1]
  }
}
