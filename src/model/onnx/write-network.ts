import { quantise } from '../../core/autoencoder/quantise'
import {
  blockSize,
  parameterBlocks,
  samePadding,
  stridedLength,
  type Activation,
  type LayerSpec,
  type NetworkSpec,
} from '../../core/autoencoder/spec'
import type { OnnxAttribute, OnnxGraph } from './write'

const OPERATORS = {
  tanh: 'Tanh',
  relu: 'Relu',
  'leaky-relu': 'LeakyRelu',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
} as const
const LEAK: Readonly<Record<string, OnnxAttribute>> = { alpha: { float: 0.01 } }
/** ONNX wants the gates i, o, f, c; ours are i, f, c, o. */
const GATES = [0, 3, 1, 2]

/** A block of weights on its way into a file: its numbers, in eight bits with scales or as they are. */
interface Kernel {
  readonly shape: readonly number[]
  readonly floats: Float32Array
  readonly bytes?: Int8Array
  readonly scales?: Float32Array
}

/** Writes the layers of a network into a graph. Kernels become constants, of eight bits and scaled in the graph where asked for. */
class NetworkWriter {
  private readonly kernels: readonly (readonly Kernel[])[]

  constructor(
    private readonly graph: OnnxGraph,
    private readonly spec: NetworkSpec,
    weights: Float32Array,
    int8: boolean,
  ) {
    const quantised = int8 ? quantise(spec, weights).blocks : undefined
    let at = 0
    this.kernels = parameterBlocks(spec).map((blocks, i) =>
      blocks.map((block, j) => {
        const floats = weights.subarray(at, (at += blockSize(block)))
        const bytes = quantised?.[i]?.[j]
        return {
          shape: block.shape,
          floats,
          ...(bytes === undefined ? {} : { bytes: bytes.values, scales: bytes.scales }),
        }
      }),
    )
  }

  write(input: string): string {
    const { graph, spec } = this
    const { steps, columns } = spec
    if (spec.kind === 'dense') {
      const flat =
        steps === 1 ? input : graph.node('Reshape', [input, this.shape('flat_shape', [-1, steps * columns])])
      const output = this.layers(flat, (layer, i, x) => this.dense(layer, i, x))
      return steps === 1
        ? output
        : graph.node('Reshape', [output, this.shape('window_shape', [-1, steps, columns])])
    }
    const perm = spec.kind === 'lstm' ? [1, 0, 2] : [0, 2, 1]
    const inner = graph.node('Transpose', [input], { perm })
    const output = spec.kind === 'lstm' ? this.recurrent(inner) : this.convolutions(inner)
    return graph.node('Transpose', [output], { perm })
  }

  private layers(input: string, each: (layer: LayerSpec, i: number, x: string) => string): string {
    return this.spec.layers.reduce((x, layer, i) => each(layer, i, x), input)
  }

  /** Layers over [time, batch, width]; a single vector is [1, batch, width]. */
  private recurrent(input: string): string {
    const { graph, spec } = this
    return this.layers(input, (layer, i, x) => {
      if (layer.type === 'repeat')
        return graph.node('Expand', [x, this.shape('repeat_shape', [spec.steps, 1, 1])])
      return layer.type === 'lstm' ? this.lstm(layer, i, x) : this.dense(layer, i, x)
    })
  }

  private lstm(layer: Extract<LayerSpec, { type: 'lstm' }>, i: number, x: string): string {
    const { graph } = this
    const { units } = layer
    const [kernel, recurrent, bias] = this.kernels[i]!
    const biases = new Float32Array(8 * units)
    GATES.forEach((gate, row) =>
      biases.set(bias!.floats.subarray(gate * units, (gate + 1) * units), row * units),
    )
    const inputs = [
      x,
      this.gateKernel(`w${i}`, kernel!, units),
      this.gateKernel(`r${i}`, recurrent!, units),
      graph.constant(`b${i}`, { dims: [1, 8 * units], values: biases }),
    ]
    if (!layer.sequence) return graph.node('LSTM', inputs, { hidden_size: units }, ['', `last_state_${i}`])
    const states = graph.node('LSTM', inputs, { hidden_size: units })
    return graph.node('Squeeze', [states, this.shape(`direction_${i}`, [1])])
  }

  /** [in, 4·units] in our order of gates as [1, 4·units, in] in that of ONNX. */
  private gateKernel(name: string, kernel: Kernel, units: number): string {
    const rows = kernel.shape[0]!
    const wide = 4 * units
    const source = (row: number): number => GATES[Math.floor(row / units)]! * units + (row % units)
    return this.kernel(
      name,
      kernel,
      [1, wide, rows],
      1,
      (index) => (index % rows) * wide + source(Math.floor(index / rows)),
      source,
    )
  }

  private dense(layer: LayerSpec, i: number, x: string): string {
    if (layer.type !== 'dense') return x
    const { graph } = this
    const [kernel, bias] = this.kernels[i]!
    const w = this.kernel(`w${i}`, kernel!, kernel!.shape, 1, (index) => index)
    const b = graph.constant(`b${i}`, { dims: bias!.shape, values: bias!.floats })
    const y =
      this.spec.kind === 'dense'
        ? graph.node('Gemm', [x, w, b])
        : graph.node('Add', [graph.node('MatMul', [x, w]), b])
    return this.activated(layer.activation, y)
  }

  /** Layers over [batch, width, time]. */
  private convolutions(input: string): string {
    const { graph } = this
    let length = this.spec.steps
    return this.layers(input, (layer, i, x) => {
      if (layer.type !== 'conv' && layer.type !== 'conv-transpose') return x
      const [kernel, bias] = this.kernels[i]!
      const [size, middle, last] = kernel!.shape as [number, number, number]
      // Ours [size, in, out] is theirs [out, in, size]; transposed, ours [size, out, in] is theirs [in, out, size].
      const from = (index: number): number => {
        const k = index % size
        const second = Math.floor(index / size) % middle
        return (k * middle + second) * last + Math.floor(index / size / middle)
      }
      const down = layer.type === 'conv'
      const w = this.kernel(`w${i}`, kernel!, [last, middle, size], down ? 0 : 1, from)
      const b = graph.constant(`b${i}`, { dims: bias!.shape, values: bias!.floats })
      const fine = down ? length : layer.length
      const { before, behind } = samePadding(fine, layer.kernel, layer.stride)
      length = down ? stridedLength(length, layer.stride) : layer.length
      const lacking = down
        ? 0
        : Math.max(
            0,
            layer.length - ((stridedLength(layer.length, layer.stride) - 1) * layer.stride + layer.kernel),
          )
      const y = graph.node(down ? 'Conv' : 'ConvTranspose', [x, w, b], {
        kernel_shape: [layer.kernel],
        strides: [layer.stride],
        pads: [before, behind],
        ...(lacking > 0 ? { output_padding: [lacking] } : {}),
      })
      return this.activated(layer.activation, y)
    })
  }

  private activated(activation: Activation, x: string): string {
    if (activation === 'linear') return x
    return this.graph.node(OPERATORS[activation], [x], activation === 'leaky-relu' ? LEAK : {})
  }

  /** A kernel as a constant whose element `index` is element from(index) of ours; `axis` is that of the outputs. */
  private kernel(
    name: string,
    { floats, bytes, scales }: Kernel,
    dims: readonly number[],
    axis: number,
    from: (index: number) => number,
    output: (index: number) => number = (index) => index,
  ): string {
    const { graph } = this
    if (bytes === undefined || scales === undefined) {
      return graph.constant(name, { dims, values: Float32Array.from(floats, (_, i) => floats[from(i)]!) })
    }
    const values = graph.constant(`${name}_int8`, {
      dims,
      values: Int8Array.from(bytes, (_, i) => bytes[from(i)]!),
    })
    const scale = graph.constant(`${name}_scale`, {
      dims: dims.map((length, i) => (i === axis ? length : 1)),
      values: Float32Array.from(scales, (_, i) => scales[output(i)]!),
    })
    // Not DequantizeLinear: ONNX Runtime fuses that with a product, rounds the activations as well, and scores differ in the third digit.
    return graph.node('Mul', [graph.node('Cast', [values], { to: 1 }), scale], {}, [name])
  }

  private shape(name: string, dims: readonly number[]): string {
    return this.graph.constant(name, { dims: [dims.length], values: BigInt64Array.from(dims, BigInt) })
  }
}

/**
 * Writes a network into a graph: from windows [batch, steps, columns] (a dense network of one step: [batch, columns]) to
 * their reconstruction of the same shape. `int8`: kernels in eight bits, worked with as floats.
 */
export function writeNetwork(
  graph: OnnxGraph,
  spec: NetworkSpec,
  weights: Float32Array,
  input: string,
  int8: boolean,
): string {
  return new NetworkWriter(graph, spec, weights, int8).write(input)
}
