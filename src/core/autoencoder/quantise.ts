import { blockSize, parameterBlocks, type NetworkSpec } from './spec'

/** A block of weights in eight bits: weight = value · scale of its output. Row-major, as the block itself. */
export interface QuantisedBlock {
  readonly values: Int8Array
  readonly scales: Float32Array
}

/** Which output a weight belongs to: the last index, in a transposed convolution the last but one. */
export function outputAxis(layer: NetworkSpec['layers'][number], shape: readonly number[]): number {
  return layer.type === 'conv-transpose' ? shape.length - 2 : shape.length - 1
}

/**
 * Rounds kernels to eight bits, symmetric, with one scale per output (largest weight / 127); biases stay as they are.
 * `weights` are the numbers that the rounded network works with; `blocks` are undefined for biases.
 */
export function quantise(
  spec: NetworkSpec,
  weights: Float32Array,
): { readonly weights: Float32Array; readonly blocks: readonly (readonly (QuantisedBlock | undefined)[])[] } {
  const rounded = weights.slice()
  let at = 0
  const blocks = parameterBlocks(spec).map((layerBlocks, i) =>
    layerBlocks.map((block) => {
      const size = blockSize(block)
      const from = at
      at += size
      if (block.name === 'bias') return undefined
      const axis = outputAxis(spec.layers[i]!, block.shape)
      const outputs = block.shape[axis]!
      const inner = block.shape.slice(axis + 1).reduce((product, length) => product * length, 1)
      const scales = new Float32Array(outputs)
      for (let j = 0; j < size; j++) {
        const output = Math.floor(j / inner) % outputs
        scales[output] = Math.max(scales[output]!, Math.abs(weights[from + j]!) / 127)
      }
      const values = new Int8Array(size)
      for (let j = 0; j < size; j++) {
        const scale = scales[Math.floor(j / inner) % outputs]! || 1
        values[j] = Math.max(-127, Math.min(127, Math.round(weights[from + j]! / scale)))
        rounded[from + j] = values[j]! * scale
      }
      return { values, scales: scales.map((scale) => scale || 1) }
    }),
  )
  return { weights: rounded, blocks }
}
