import { InputError } from '../../core/errors'

/** Activations of the networks that can be imported. */
export const IMPORTED_ACTIVATIONS = ['linear', 'relu', 'elu', 'tanh', 'sigmoid'] as const
export type ImportedActivation = (typeof IMPORTED_ACTIVATIONS)[number]

/** One dense layer: y = f(x · kernel + bias). */
export interface ImportedDenseLayer {
  readonly units: number
  readonly activation: ImportedActivation
  /** inputs × units, row-major. */
  readonly kernel: Float32Array
  readonly bias: Float32Array
}

/** A chain of dense layers that gives back as many values as it takes. */
export interface DenseAutoencoder {
  readonly inputs: number
  readonly layers: readonly ImportedDenseLayer[]
}

/** Most layers and weights of an imported network. */
export const MAX_LAYERS = 32
export const MAX_WEIGHTS = 16_000_000

/** Checks that the layers fit one another, that all weights are finite and that it is an autoencoder. @throws InputError */
export function checkAutoencoder(network: DenseAutoencoder, field: string): DenseAutoencoder {
  const { inputs, layers } = network
  if (layers.length === 0)
    throw new InputError('files.lacks', {
      field,
      what: 'dense layer',
      hint: 'only dense autoencoders are read',
    })
  if (layers.length > MAX_LAYERS) {
    throw new InputError('files.tooLarge', { field, got: `${layers.length} layers`, max: MAX_LAYERS })
  }
  let width = inputs
  layers.forEach(({ units, kernel, bias }, i) => {
    const place = `${field} (layer ${i + 1})`
    if (!(width >= 1 && units >= 1) || kernel.length !== width * units || bias.length !== units) {
      throw new InputError('files.badShape', { field: place })
    }
    if (!kernel.every(Number.isFinite) || !bias.every(Number.isFinite)) {
      throw new InputError('files.notFinite', { field: place, what: 'weight' })
    }
    width = units
  })
  if (width !== inputs) {
    const expected = `as many as the ${inputs} inputs, as an autoencoder has`
    throw new InputError('files.wrongValue', { field, what: 'outputs', expected, got: width })
  }
  return network
}

const FUNCTIONS: Readonly<Record<ImportedActivation, (x: number) => number>> = {
  linear: (x) => x,
  relu: (x) => Math.max(0, x),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
}

/** The network's answer to one input, reckoned in double precision. */
export function applyDense(layers: readonly ImportedDenseLayer[], input: ArrayLike<number>): Float64Array {
  let values = Float64Array.from(input)
  for (const { units, activation, kernel, bias } of layers) {
    const f = FUNCTIONS[activation]
    const next = Float64Array.from(bias)
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!
      for (let j = 0; j < units; j++) next[j]! += value * kernel[i * units + j]!
    }
    values = next.map(f)
  }
  return values
}

/** Mean squared error of a reconstruction. */
export function reconstructionError(input: ArrayLike<number>, output: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < input.length; i++) sum += (input[i]! - output[i]!) ** 2
  return sum / input.length
}
