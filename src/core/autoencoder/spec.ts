/** Activations; the kernels know them by their index. */
export const ACTIVATIONS = ['linear', 'tanh', 'relu', 'leaky-relu', 'elu', 'sigmoid'] as const
export type Activation = (typeof ACTIVATIONS)[number]

export const LOSSES = ['mse', 'mae'] as const
export type Loss = (typeof LOSSES)[number]

export const KINDS = ['dense', 'lstm', 'conv1d'] as const
export type Kind = (typeof KINDS)[number]

/**
 * One layer. `dense` works on the whole flattened window in a dense network, on every time step elsewhere. `lstm` gives
 * back the sequence of its states, or the last one alone; `repeat` gives a vector to every step of the layer behind it.
 * `conv` is a one-dimensional convolution over time with 'same' padding (the odd zero goes behind, as in TensorFlow), and
 * `conv-transpose` is its exact adjoint, back to `length` steps.
 */
export type LayerSpec =
  | { readonly type: 'dense'; readonly units: number; readonly activation: Activation }
  | { readonly type: 'lstm'; readonly units: number; readonly sequence: boolean }
  | { readonly type: 'repeat' }
  | {
      readonly type: 'conv'
      readonly filters: number
      readonly kernel: number
      readonly stride: number
      readonly activation: Activation
    }
  | {
      readonly type: 'conv-transpose'
      readonly filters: number
      readonly kernel: number
      readonly stride: number
      readonly length: number
      readonly activation: Activation
    }

/** A network from windows of `steps` × `columns` to windows of the same shape. */
export interface NetworkSpec {
  readonly kind: Kind
  readonly steps: number
  readonly columns: number
  readonly layers: readonly LayerSpec[]
}

/** One block of weights within a network's parameters. */
export interface ParameterBlock {
  readonly name: 'kernel' | 'recurrent' | 'bias'
  readonly shape: readonly number[]
}

/** Kernel size and stride of the convolutions of an autoencoder made here. */
export const KERNEL = 7
export const STRIDE = 2

/** Steps that a 'same' convolution gives back. */
export function stridedLength(steps: number, stride: number): number {
  return Math.ceil(steps / stride)
}

/** Zeros that a 'same' convolution puts before and behind `steps` steps. */
export function samePadding(
  steps: number,
  kernel: number,
  stride: number,
): { before: number; behind: number } {
  const total = Math.max((stridedLength(steps, stride) - 1) * stride + kernel - steps, 0)
  return { before: total >> 1, behind: total - (total >> 1) }
}

/**
 * The layers of an autoencoder whose encoder has the given sizes (units, or filters of a convolution), widest first;
 * the decoder mirrors them. `dense` 16, 8 over 30 columns is 30-16-8-16-30; `lstm` 32 is LSTM 32, repeat, LSTM 32,
 * linear; `conv1d` 16, 8 halves the time twice and doubles it back. The output is linear.
 */
export function autoencoderSpec(
  kind: Kind,
  steps: number,
  columns: number,
  encoder: readonly number[],
  activation: Activation = 'tanh',
): NetworkSpec {
  const mirrored = [...encoder].reverse()
  if (kind === 'dense') {
    const hidden = [...encoder, ...mirrored.slice(1)].map((units) => ({
      type: 'dense' as const,
      units,
      activation,
    }))
    return {
      kind,
      steps,
      columns,
      layers: [...hidden, { type: 'dense', units: steps * columns, activation: 'linear' }],
    }
  }
  if (kind === 'lstm') {
    const layers: LayerSpec[] = encoder.map((units, i) => ({
      type: 'lstm',
      units,
      sequence: i < encoder.length - 1,
    }))
    layers.push({ type: 'repeat' })
    for (const units of mirrored) layers.push({ type: 'lstm', units, sequence: true })
    layers.push({ type: 'dense', units: columns, activation: 'linear' })
    return { kind, steps, columns, layers }
  }
  const lengths = [steps]
  const layers: LayerSpec[] = []
  for (const filters of encoder) {
    layers.push({ type: 'conv', filters, kernel: KERNEL, stride: STRIDE, activation })
    lengths.push(stridedLength(lengths[lengths.length - 1]!, STRIDE))
  }
  mirrored.forEach((_, i) => {
    const last = i === mirrored.length - 1
    layers.push({
      type: 'conv-transpose',
      filters: last ? columns : mirrored[i + 1]!,
      kernel: KERNEL,
      stride: STRIDE,
      length: lengths[lengths.length - 2 - i]!,
      activation: last ? 'linear' : activation,
    })
  })
  return { kind, steps, columns, layers }
}

/** Width of what each layer takes in: columns, units or filters of the layer before it. */
export function inputWidths(spec: NetworkSpec): readonly number[] {
  let width = spec.kind === 'dense' ? spec.steps * spec.columns : spec.columns
  return spec.layers.map((layer) => {
    const taken = width
    if (layer.type === 'dense' || layer.type === 'lstm') width = layer.units
    else if (layer.type !== 'repeat') width = layer.filters
    return taken
  })
}

/**
 * The blocks of weights of each layer, in the order in which they follow one another: dense kernel [in, out], bias;
 * LSTM kernel [in, 4·units], recurrent [units, 4·units], bias, gates in the order i, f, c, o; convolution kernel
 * [size, in, filters]; transposed convolution kernel [size, filters, in].
 */
export function parameterBlocks(spec: NetworkSpec): readonly (readonly ParameterBlock[])[] {
  const widths = inputWidths(spec)
  return spec.layers.map((layer, i) => {
    const width = widths[i]!
    switch (layer.type) {
      case 'dense':
        return [block('kernel', width, layer.units), block('bias', layer.units)]
      case 'lstm':
        return [
          block('kernel', width, 4 * layer.units),
          block('recurrent', layer.units, 4 * layer.units),
          block('bias', 4 * layer.units),
        ]
      case 'conv':
        return [block('kernel', layer.kernel, width, layer.filters), block('bias', layer.filters)]
      case 'conv-transpose':
        return [block('kernel', layer.kernel, layer.filters, width), block('bias', layer.filters)]
      case 'repeat':
        return []
    }
  })
}

function block(name: ParameterBlock['name'], ...shape: number[]): ParameterBlock {
  return { name, shape }
}

/** Number of weights in a block. */
export function blockSize(block: ParameterBlock): number {
  return block.shape.reduce((product, size) => product * size, 1)
}

/** Number of weights of a network. */
export function parameterCount(spec: NetworkSpec): number {
  return parameterBlocks(spec)
    .flat()
    .reduce((sum, each) => sum + blockSize(each), 0)
}

/** Index of an activation in the kernels. */
export function activationIndex(activation: Activation): number {
  return ACTIVATIONS.indexOf(activation)
}
