import {
  concat,
  matMul,
  pad,
  reshape,
  stridedSlice,
  tidy,
  type KernelConfig,
  type Tensor4D,
} from '@tensorflow/tfjs-core'

interface Attributes {
  readonly strides: readonly [number, number]
  readonly pad: 'same' | 'valid'
  readonly filterShape: readonly [number, number, number, number]
}

/** Zeros before and behind an axis, as TensorFlow's padding wants them. */
function padding(
  kind: Attributes['pad'],
  size: number,
  out: number,
  kernel: number,
  stride: number,
): [number, number] {
  const all = kind === 'same' ? Math.max(0, (out - 1) * stride + kernel - size) : 0
  return [all >> 1, all - (all >> 1)]
}

/**
 * The gradient of a convolution's filter for the WebAssembly back end of TensorFlow.js, which lacks it and so cannot train
 * convolutions (tensorflow/tfjs#8474): one product per place of the filter.
 */
export const CONV_FILTER_GRADIENT: KernelConfig = {
  kernelName: 'Conv2DBackpropFilter',
  backendName: 'wasm',
  kernelFunc({ inputs, attrs }) {
    const x = inputs['x'] as Tensor4D
    const dy = inputs['dy'] as Tensor4D
    const { strides, pad: kind, filterShape } = attrs as unknown as Attributes
    const [high, wide, ins, outs] = filterShape
    const [batch, height, width] = x.shape
    const [, outHeight, outWidth] = dy.shape
    const cells = batch * outHeight * outWidth
    return tidy(() => {
      const rows = padding(kind, height, outHeight, high, strides[0])
      const columns = padding(kind, width, outWidth, wide, strides[1])
      const padded = pad(x, [[0, 0], rows, columns, [0, 0]])
      const grads = reshape(dy, [cells, outs])
      const places = Array.from({ length: high * wide }, (_, place) => {
        const [row, column] = [Math.floor(place / wide), place % wide]
        const end = [
          batch,
          row + (outHeight - 1) * strides[0] + 1,
          column + (outWidth - 1) * strides[1] + 1,
          ins,
        ]
        const seen = stridedSlice(padded, [0, row, column, 0], end, [1, ...strides, 1])
        return reshape(matMul(reshape(seen, [cells, ins]), grads, true), [1, ins, outs])
      })
      return reshape(concat(places, 0), [...filterShape])
    })
  },
}
