import type { Scalar, Tensor, Tensor4D, Variable } from '@tensorflow/tfjs-core'
import {
  blockSize,
  inputWidths,
  parameterBlocks,
  type Activation,
  type LayerSpec,
  type Loss,
  type NetworkSpec,
  type ParameterBlock,
} from '../core/autoencoder/spec'
import { ADAM } from './network'
import type { TrainingJob } from './train-autoencoder'
import type { Trainee } from './training'

/** What is used of TensorFlow.js: `@tensorflow/tfjs-node`, `@tensorflow/tfjs`, or its core and layers put together. */
export type Tf = typeof import('@tensorflow/tfjs-core') &
  Pick<typeof import('@tensorflow/tfjs-layers'), 'layers'>

/** One layer: what it makes of a tensor, and its variables in the order of `parameterBlocks`. */
interface TfLayer {
  apply(x: Tensor): Tensor
  readonly variables: readonly { read(): Tensor; write(values: Tensor): void; readonly name: string }[]
}

function activated(tf: Tf, activation: Activation, x: Tensor): Tensor {
  switch (activation) {
    case 'linear':
      return x
    case 'tanh':
      return tf.tanh(x)
    case 'relu':
      return tf.relu(x)
    case 'leaky-relu':
      return tf.leakyRelu(x, 0.01)
    case 'elu':
      return tf.elu(x)
    case 'sigmoid':
      return tf.sigmoid(x)
  }
}

/** A layer of TensorFlow.js itself, which builds itself at its first call: with zeros of `shape`. */
function stockLayer(
  tf: Tf,
  layer: InstanceType<Tf['layers']['Layer']>,
  shape: number[],
  after: (y: Tensor) => Tensor,
): TfLayer {
  tf.tidy(() => void layer.apply(tf.zeros(shape)))
  return {
    apply: (x) => after(layer.apply(x) as Tensor),
    variables: layer.weights.map((weight) => ({
      name: weight.name,
      read: () => weight.read(),
      write: (values) => void weight.write(values),
    })),
  }
}

function variableOf(variable: Variable): TfLayer['variables'][number] {
  return { name: variable.name, read: () => variable, write: (values) => variable.assign(values) }
}

function makeLayer(tf: Tf, spec: NetworkSpec, layer: LayerSpec, width: number): TfLayer {
  switch (layer.type) {
    case 'repeat':
      return { apply: (x) => tf.tile(tf.expandDims(x, 1), [1, spec.steps, 1]), variables: [] }
    case 'dense': {
      const shape = spec.kind === 'dense' ? [1, width] : [1, 1, width]
      return stockLayer(tf, tf.layers.dense({ units: layer.units }), shape, (y) =>
        activated(tf, layer.activation, y),
      )
    }
    case 'lstm': {
      const { units, sequence } = layer
      // TensorFlow.js itself falls back to a hard sigmoid.
      const lstm = tf.layers.lstm({
        units,
        returnSequences: sequence,
        recurrentActivation: 'sigmoid',
        recurrentInitializer: 'zeros',
      })
      return stockLayer(tf, lstm, [1, spec.steps, width], (y) => y)
    }
    case 'conv': {
      const { filters, kernel, stride } = layer
      const conv = tf.layers.conv1d({ filters, kernelSize: kernel, strides: stride, padding: 'same' })
      return stockLayer(tf, conv, [1, spec.steps, width], (y) => activated(tf, layer.activation, y))
    }
    case 'conv-transpose': {
      const { filters, kernel, stride, length, activation } = layer
      const weights = tf.tidy(() => tf.variable(tf.zeros([kernel, filters, width])))
      const bias = tf.tidy(() => tf.variable(tf.zeros([filters])))
      return {
        apply(x) {
          const image = tf.expandDims<Tensor4D>(x, 2)
          const filter = tf.expandDims<Tensor4D>(weights, 1)
          const y = tf.conv2dTranspose(
            image,
            filter,
            [x.shape[0] ?? 0, length, 1, filters],
            [stride, 1],
            'same',
          )
          return activated(tf, activation, tf.add(tf.squeeze(y, [2]), bias))
        },
        variables: [variableOf(weights), variableOf(bias)],
      }
    }
  }
}

/** Training through the API of TensorFlow.js: the same network, loss, optimiser and clipping as our own. */
export class TfjsTrainee implements Trainee {
  private readonly layers: readonly TfLayer[]
  private readonly blocks: readonly ParameterBlock[]
  private readonly spec: NetworkSpec
  private readonly loss: Loss
  private readonly clipNorm: number
  private readonly weightDecay: number
  private optimizer: ReturnType<Tf['train']['adam']> | undefined

  constructor(
    private readonly tf: Tf,
    { spec, settings }: Pick<TrainingJob, 'spec' | 'settings'>,
  ) {
    const widths = inputWidths(spec)
    this.spec = spec
    this.loss = settings.loss
    this.clipNorm = settings.clipNorm
    this.weightDecay = settings.weightDecay
    this.layers = spec.layers.map((layer, i) => makeLayer(tf, spec, layer, widths[i]!))
    this.blocks = parameterBlocks(spec).flat()
  }

  getWeights(): Float32Array {
    return concatenate(this.variables().map((variable) => variable.read().dataSync() as Float32Array))
  }

  begin(weights: Float32Array): void {
    this.optimizer?.dispose()
    this.optimizer = undefined
    const { tf } = this
    let at = 0
    this.variables().forEach((variable, i) => {
      const block = this.blocks[i]!
      const size = blockSize(block)
      tf.tidy(() => variable.write(tf.tensor(weights.slice(at, at + size), [...block.shape])))
      at += size
    })
  }

  step(data: Float32Array, order: Uint32Array, from: number, count: number, learningRate: number): number {
    const { tf } = this
    this.optimizer ??= tf.train.adam(learningRate, ADAM.beta1, ADAM.beta2, ADAM.epsilon)
    const optimizer = this.optimizer
    return tf.tidy(() => {
      const { value, grads } = this.gradientsOf(this.batch(data, (i) => order[from + i]!, count))
      const squares = Object.values(grads).map((grad) => tf.sum(tf.square(grad)))
      const norm = Math.sqrt(tf.addN(squares).dataSync()[0]!)
      if (!Number.isFinite(norm)) return NaN
      const scale = this.clipNorm > 0 && norm > this.clipNorm ? this.clipNorm / norm : 1
      this.decay(1 - learningRate * this.weightDecay)
      optimizer.applyGradients(
        Object.entries(grads).map(([name, grad]) => ({
          name,
          tensor: scale === 1 ? grad : tf.mul(grad, scale),
        })),
      )
      return value
    })
  }

  evaluate(data: Float32Array, from: number, count: number): number {
    return this.tf.tidy(() => this.lossOf(this.batch(data, (i) => from + i, count)).dataSync()[0]!)
  }

  /** Loss and gradients, unclipped, in the order of the weights: what the tests hold our own against. */
  gradients(
    data: Float32Array,
    count: number,
  ): { loss: number; gradients: Float32Array; output: Float32Array } {
    return this.tf.tidy(() => {
      const x = this.batch(data, (i) => i, count)
      const { value, grads } = this.gradientsOf(x)
      const gradients = concatenate(
        this.variables().map(({ name }) => grads[name]!.dataSync() as Float32Array),
      )
      return { loss: value, gradients, output: this.forward(x).dataSync() as Float32Array }
    })
  }

  dispose(): void {
    this.optimizer?.dispose()
    for (const variable of this.variables()) variable.read().dispose()
  }

  /** Decoupled weight decay: kernels, not biases, are multiplied by `keep`. */
  private decay(keep: number): void {
    if (keep === 1) return
    this.variables().forEach((variable, i) => {
      if (this.blocks[i]!.name !== 'bias')
        this.tf.tidy(() => variable.write(this.tf.mul(variable.read(), keep)))
    })
  }

  private variables(): readonly TfLayer['variables'][number][] {
    return this.layers.flatMap((layer) => layer.variables)
  }

  private batch(data: Float32Array, window: (i: number) => number, count: number): Tensor {
    const { steps, columns, kind } = this.spec
    const size = steps * columns
    const values = new Float32Array(count * size)
    for (let i = 0; i < count; i++)
      values.set(data.subarray(window(i) * size, (window(i) + 1) * size), i * size)
    return this.tf.tensor(values, kind === 'dense' ? [count, size] : [count, steps, columns])
  }

  private forward(x: Tensor): Tensor {
    return this.layers.reduce((value, layer) => layer.apply(value), x)
  }

  private lossOf(x: Tensor): Scalar {
    const { tf } = this
    const error = tf.sub(this.forward(x), x)
    return tf.mean(this.loss === 'mse' ? tf.square(error) : tf.abs(error))
  }

  private gradientsOf(x: Tensor): { value: number; grads: Readonly<Record<string, Tensor>> } {
    const mine = new Set(this.variables().map(({ name }) => name))
    const { value, grads } = this.tf.variableGrads(() => this.lossOf(x))
    return {
      value: value.dataSync()[0]!,
      grads: Object.fromEntries(Object.entries(grads).filter(([name]) => mine.has(name))),
    }
  }
}

function concatenate(pieces: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}
