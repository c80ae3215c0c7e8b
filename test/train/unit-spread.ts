import type { AutoencoderModel } from '../../src/core/autoencoder/model'
import { parameterBlocks, blockSize } from '../../src/core/autoencoder/spec'

/**
 * Standard deviation of every unit of a dense network, hidden ones and outputs, over windows: 0 is a dead unit or a constant
 * output. In plain arithmetic, apart from the kernels that train and score.
 */
export function unitSpreads(
  { spec, weights, offset, factor }: AutoencoderModel,
  windows: readonly Float32Array[],
): readonly (readonly number[])[] {
  let values = windows.map((window) =>
    Array.from(window, (x, i) => (x - offset[i % offset.length]!) * factor[i % offset.length]!),
  )
  let at = 0
  return spec.layers.map((layer, l) => {
    if (layer.type !== 'dense' || spec.kind !== 'dense') throw new Error(`${layer.type} in ${spec.kind}`)
    const [kernel, bias] = parameterBlocks(spec)[l]!.map((block) => {
      const from = at
      at += blockSize(block)
      return weights.subarray(from, at)
    })
    const { units, activation } = layer
    const apply = activation === 'tanh' ? Math.tanh : (x: number): number => x
    values = values.map((input) =>
      Array.from({ length: units }, (_, unit) =>
        apply(input.reduce((sum, x, i) => sum + x * kernel![i * units + unit]!, bias![unit]!)),
      ),
    )
    return Array.from({ length: units }, (_, unit) => deviation(values.map((each) => each[unit]!)))
  })
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length)
}
