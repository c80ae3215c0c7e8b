import { InputError } from '../../core/errors'
import { BoundedBytes } from './bounded-bytes'
import {
  checkAutoencoder,
  MAX_LAYERS,
  MAX_WEIGHTS,
  type DenseAutoencoder,
  type ImportedActivation,
  type ImportedDenseLayer,
} from './dense-network'
import { FlatTable } from './flatbuffer'

/** What a TFLite file has at its fifth byte. */
export const TFLITE_MAGIC = 'TFL3'

const FULLY_CONNECTED = 9
/** Operators that are an activation and nothing else. */
const ACTIVATION_OPERATORS: ReadonlyMap<number, ImportedActivation> = new Map([
  [14, 'sigmoid'],
  [19, 'relu'],
  [28, 'tanh'],
  [111, 'elu'],
])
/** ActivationFunctionType of the schema. */
const FUSED: ReadonlyMap<number, ImportedActivation> = new Map([
  [0, 'linear'],
  [1, 'relu'],
  [4, 'tanh'],
])
const FLOAT32 = 0

/** A model's only graph, with what is needed to walk it. */
interface Graph {
  readonly field: string
  readonly operators: readonly FlatTable[]
  readonly codes: readonly FlatTable[]
  readonly tensors: readonly FlatTable[]
  readonly buffers: readonly FlatTable[]
  readonly input: number
  readonly output: number
}

/**
 * Reads a dense autoencoder of 32-bit floats from a TFLite file: FULLY_CONNECTED operators with a fused activation, or with
 * LOGISTIC, RELU, TANH or ELU behind them, in a single chain. Field numbers are those of
 * https://github.com/tensorflow/tensorflow/blob/v2.17.0/tensorflow/compiler/mlir/lite/schema/schema.fbs
 * @throws InputError
 */
export function readTflite(bytes: Uint8Array, field: string): DenseAutoencoder {
  const file = new BoundedBytes(bytes, field)
  if (!file.has(4, TFLITE_MAGIC))
    throw new InputError('files.notThatKind', { field, expected: 'a TFLite model' })
  const graph = openGraph(FlatTable.root(file), field)
  const layers: ImportedDenseLayer[] = []
  let current = graph.input
  let room = MAX_WEIGHTS
  for (const operator of graph.operators) {
    const code = operatorCode(graph, operator)
    const inputs = operator.ints(1)
    const outputs = operator.ints(2)
    if (inputs[0] !== current || outputs.length !== 1) throw unsupported(field, 'a branch')
    const activation = ACTIVATION_OPERATORS.get(code)
    if (code === FULLY_CONNECTED) {
      const layer = readLayer(graph, operator, inputs, room)
      room -= layer.kernel.length + layer.bias.length
      layers.push(layer)
    } else if (activation !== undefined) {
      const last = layers.pop()
      if (last?.activation !== 'linear')
        throw unsupported(field, 'an activation that no dense layer precedes')
      layers.push({ ...last, activation })
    } else throw unsupported(field, `the operator ${code}`)
    current = outputs[0]!
  }
  if (current !== graph.output) throw unsupported(field, 'an output that is not that of the last layer')
  const first = layers[0]
  return checkAutoencoder(
    { inputs: first === undefined ? 0 : first.kernel.length / first.units, layers },
    field,
  )
}

function openGraph(model: FlatTable, field: string): Graph {
  const subgraphs = model.tables(2)
  const [main] = subgraphs
  if (main === undefined || subgraphs.length !== 1) throw unsupported(field, `${subgraphs.length} graphs`)
  const inputs = main.ints(1)
  const outputs = main.ints(2)
  if (inputs.length !== 1 || outputs.length !== 1) throw unsupported(field, 'several inputs or outputs')
  const operators = main.tables(3)
  // A dense layer is one operator, or two with its activation.
  if (operators.length > 2 * MAX_LAYERS) {
    throw new InputError('files.tooLarge', {
      field,
      got: `${operators.length} operators`,
      max: 2 * MAX_LAYERS,
    })
  }
  return {
    field,
    operators,
    codes: model.tables(1),
    tensors: main.tables(0),
    buffers: model.tables(4),
    input: inputs[0]!,
    output: outputs[0]!,
  }
}

function operatorCode({ codes, field }: Graph, operator: FlatTable): number {
  const code = codes[operator.u32(0, 0)]
  if (code === undefined) throw new InputError('files.cutOff', { field })
  // Codes up to 126 stand in the older, one-byte field; newer writers fill both.
  return Math.max(code.i8(0, 0), code.i32(3, 0))
}

function readLayer(
  graph: Graph,
  operator: FlatTable,
  inputs: readonly number[],
  room: number,
): ImportedDenseLayer {
  const { field } = graph
  const options = operator.table(4)
  const activation = FUSED.get(options?.i8(0, 0) ?? 0)
  if (activation === undefined) throw unsupported(field, 'a fused activation other than ReLU and tanh')
  if ((options?.i8(1, 0) ?? 0) !== 0) throw unsupported(field, 'shuffled weights')
  const weights = readTensor(graph, inputs[1], room)
  const [units = 0, width = 0] = weights.shape
  if (weights.shape.length !== 2 || units < 1 || width < 1) throw new InputError('files.badShape', { field })
  const noBias = inputs[2] === undefined || inputs[2] === -1
  const bias = noBias ? new Float32Array(units) : readTensor(graph, inputs[2], room).data
  const kernel = new Float32Array(units * width)
  for (let unit = 0; unit < units; unit++) {
    for (let i = 0; i < width; i++) kernel[i * units + unit] = weights.data[unit * width + i]!
  }
  return { units, activation, kernel, bias }
}

/** Shape and values of a constant tensor. */
function readTensor(
  graph: Graph,
  index: number | undefined,
  max: number,
): { shape: readonly number[]; data: Float32Array } {
  const { field, tensors, buffers } = graph
  const tensor = index === undefined ? undefined : tensors[index]
  const buffer = tensor === undefined ? undefined : buffers[tensor.u32(2, 0)]
  if (tensor === undefined || buffer === undefined) throw new InputError('files.cutOff', { field })
  if (tensor.i8(1, FLOAT32) !== FLOAT32) throw unsupported(field, 'quantised weights')
  const shape = tensor.ints(0)
  const bytes = buffer.bytes(0)
  const count = bytes.length / 4
  if (count > max) throw new InputError('files.tooLarge', { field, got: `${count} weights`, max })
  if (shape.reduce((product, extent) => product * extent, 1) !== count)
    throw new InputError('files.badShape', { field })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { shape, data: Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true)) }
}

function unsupported(field: string, what: string): InputError {
  const hint = 'dense autoencoders of 32-bit floats are read, in a single chain; export others to ONNX'
  return new InputError('files.unsupported', { field, what, hint })
}
