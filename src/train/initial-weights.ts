import { Random } from '../core/random'
import {
  blockSize,
  inputWidths,
  parameterBlocks,
  parameterCount,
  type NetworkSpec,
} from '../core/autoencoder/spec'

/**
 * Weights to begin with. Kernels: Glorot and Bengio's even distribution ±√(6 / (in + out)), for the rectifiers He's
 * ±√(6 / in). Recurrent kernels: rows orthonormal (Saxe et al.), here of even
 * numbers, so that the same seed gives the same bits on every machine. Biases 0, but 1 for the forget gate (Jozefowicz et al.).
 */
export function initialWeights(spec: NetworkSpec, seed: number): Float32Array {
  const random = new Random(seed)
  const weights = new Float32Array(parameterCount(spec))
  const blocks = parameterBlocks(spec)
  const widths = inputWidths(spec)
  let at = 0
  spec.layers.forEach((layer, i) => {
    for (const block of blocks[i]!) {
      const size = blockSize(block)
      if (block.name === 'kernel') {
        const limit = Math.sqrt(6 / fans(layer, widths[i]!))
        for (let j = at; j < at + size; j++) weights[j] = limit * (2 * random.next() - 1)
      } else if (block.name === 'recurrent') {
        weights.set(orthonormalRows(block.shape[0]!, block.shape[1]!, random), at)
      } else if (layer.type === 'lstm') {
        weights.fill(1, at + layer.units, at + 2 * layer.units)
      }
      at += size
    }
  })
  return weights
}

/** Incoming plus outgoing connections of a unit; twice the incoming for rectifiers, which pass half of what they get. */
function fans(layer: NetworkSpec['layers'][number], width: number): number {
  if (layer.type === 'repeat') return 1
  const out =
    layer.type === 'dense'
      ? layer.units
      : layer.type === 'lstm'
        ? 4 * layer.units
        : layer.filters * layer.kernel
  // Of a transposed convolution each output gets a stride-th part of the kernel.
  const ins =
    layer.type === 'conv'
      ? width * layer.kernel
      : layer.type === 'conv-transpose'
        ? (width * layer.kernel) / layer.stride
        : width
  const rectifier =
    layer.type !== 'lstm' &&
    (layer.activation === 'relu' || layer.activation === 'leaky-relu' || layer.activation === 'elu')
  return rectifier ? ins : ins + (layer.type === 'conv-transpose' ? out / layer.stride : out)
}

/** `rows` ≤ `columns` orthonormal rows, by Gram and Schmidt. */
function orthonormalRows(rows: number, columns: number, random: Random): Float64Array {
  const matrix = Float64Array.from({ length: rows * columns }, () => 2 * random.next() - 1)
  for (let row = 0; row < rows; row++) {
    const own = matrix.subarray(row * columns, (row + 1) * columns)
    for (let before = 0; before < row; before++) {
      const other = matrix.subarray(before * columns, (before + 1) * columns)
      const share = own.reduce((sum, value, i) => sum + value * other[i]!, 0)
      for (let i = 0; i < columns; i++) own[i] = own[i]! - share * other[i]!
    }
    const length = Math.sqrt(own.reduce((sum, value) => sum + value * value, 0))
    for (let i = 0; i < columns; i++) own[i] = own[i]! / length
  }
  return matrix
}
