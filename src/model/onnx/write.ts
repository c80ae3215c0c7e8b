/**
 * Writer of ONNX files (onnx.proto, IR version 8, operator set 17: readable by onnx 1.12 and every ONNX Runtime from 1.12 on).
 * Just the part of protobuf that it takes: https://protobuf.dev/programming-guides/encoding
 */
const IR_VERSION = 8
const OPSET = 17

const DATA_TYPES = { float: 1, int8: 3, int64: 7, double: 11 } as const
type DataType = keyof typeof DATA_TYPES

/** A constant of a graph, row-major. */
export interface OnnxTensor {
  readonly dims: readonly number[]
  readonly values: Float32Array | Float64Array | Int8Array | BigInt64Array
}

/** A whole number, a list of them, a text, or (by `float`) a floating-point number. */
export type OnnxAttribute =
  number | readonly number[] | string | readonly string[] | { readonly float: number }

/** A dimension: its size, or a name where it is free. */
export type OnnxDimension = number | string

/** One message under way, as pieces of bytes. */
class Message {
  private readonly pieces: Uint8Array[] = []
  private length = 0

  private add(bytes: Uint8Array): void {
    this.pieces.push(bytes)
    this.length += bytes.length
  }

  private varint(value: bigint): void {
    const bytes: number[] = []
    let rest = value
    while (rest >= 128n) {
      bytes.push(Number(rest % 128n) + 128)
      rest /= 128n
    }
    bytes.push(Number(rest))
    this.add(Uint8Array.from(bytes))
  }

  private tag(field: number, wireType: number): void {
    this.varint(BigInt(field * 8 + wireType))
  }

  /** A whole number; a negative one as ten bytes of two's complement. */
  whole(field: number, value: number): this {
    this.tag(field, 0)
    this.varint(BigInt.asUintN(64, BigInt(value)))
    return this
  }

  float(field: number, value: number): this {
    this.tag(field, 5)
    this.add(rawBytes(Float32Array.of(value)))
    return this
  }

  block(field: number, content: Uint8Array): this {
    this.tag(field, 2)
    this.varint(BigInt(content.length))
    this.add(content)
    return this
  }

  text(field: number, value: string): this {
    return this.block(field, new TextEncoder().encode(value))
  }

  message(field: number, content: Message): this {
    this.tag(field, 2)
    this.varint(BigInt(content.length))
    for (const piece of content.pieces) this.add(piece)
    return this
  }

  done(): Uint8Array {
    const bytes = new Uint8Array(this.length)
    let at = 0
    for (const piece of this.pieces) {
      bytes.set(piece, at)
      at += piece.length
    }
    return bytes
  }
}

function typeOf(values: OnnxTensor['values']): DataType {
  if (values instanceof Float32Array) return 'float'
  if (values instanceof Float64Array) return 'double'
  return values instanceof Int8Array ? 'int8' : 'int64'
}

/** Little-endian bytes, whatever the machine's own order. */
function rawBytes(values: OnnxTensor['values']): Uint8Array {
  const bytes = new Uint8Array(values.byteLength)
  const view = new DataView(bytes.buffer)
  const size = values.BYTES_PER_ELEMENT
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (typeof value === 'bigint') view.setBigInt64(i * size, value, true)
    else if (values instanceof Float32Array) view.setFloat32(i * size, value, true)
    else if (values instanceof Float64Array) view.setFloat64(i * size, value, true)
    else view.setInt8(i, value)
  }
  return bytes
}

function attributeMessage(name: string, value: OnnxAttribute): Message {
  const message = new Message().text(1, name)
  if (typeof value === 'number') return message.whole(3, value).whole(20, 2)
  if (typeof value === 'string') return message.text(4, value).whole(20, 3)
  if ('float' in value) return message.float(2, value.float).whole(20, 1)
  for (const each of value) {
    if (typeof each === 'number') message.whole(8, each)
    else message.text(9, each)
  }
  return message.whole(20, typeof value[0] === 'string' ? 8 : 7)
}

function valueInfo(name: string, dims: readonly OnnxDimension[]): Message {
  const shape = new Message()
  for (const dim of dims) {
    shape.message(1, typeof dim === 'number' ? new Message().whole(1, dim) : new Message().text(2, dim))
  }
  const tensor = new Message().whole(1, DATA_TYPES.float).message(2, shape)
  return new Message().text(1, name).message(2, new Message().message(1, tensor))
}

/** A graph being built; every method that makes a value gives back its name. Inputs and outputs are single precision. */
export class OnnxGraph {
  private readonly nodes: Message[] = []
  private readonly constants: Message[] = []
  private readonly inputs: Message[] = []
  private readonly outputs: Message[] = []
  private count = 0

  constructor(private readonly name: string) {}

  input(name: string, dims: readonly OnnxDimension[]): string {
    this.inputs.push(valueInfo(name, dims))
    return name
  }

  output(name: string, dims: readonly OnnxDimension[]): void {
    this.outputs.push(valueInfo(name, dims))
  }

  constant(name: string, { dims, values }: OnnxTensor): string {
    const message = new Message()
    for (const dim of dims) message.whole(1, dim)
    this.constants.push(message.whole(2, DATA_TYPES[typeOf(values)]).text(8, name).block(9, rawBytes(values)))
    return name
  }

  /** Adds an operator of the standard domain. `outputs`: names to give, '' for one that is not wanted; a fresh one without. */
  node(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    outputs: readonly string[] = [`${operator.toLowerCase()}_${this.count}`],
  ): string {
    const message = new Message()
    for (const each of inputs) message.text(1, each)
    for (const each of outputs) message.text(2, each)
    message.text(3, `${operator}_${this.count++}`).text(4, operator)
    for (const [name, value] of Object.entries(attributes)) message.message(5, attributeMessage(name, value))
    this.nodes.push(message)
    return outputs.find((each) => each !== '') ?? ''
  }

  /** The whole file. */
  bytes(
    producer: { readonly name: string; readonly version: string },
    metadata: Readonly<Record<string, string>>,
  ): Uint8Array {
    const graph = new Message()
    for (const node of this.nodes) graph.message(1, node)
    graph.text(2, this.name)
    for (const constant of this.constants) graph.message(5, constant)
    for (const input of this.inputs) graph.message(11, input)
    for (const output of this.outputs) graph.message(12, output)
    const model = new Message()
      .whole(1, IR_VERSION)
      .text(2, producer.name)
      .text(3, producer.version)
      .message(7, graph)
    model.message(8, new Message().text(1, '').whole(2, OPSET))
    for (const [key, value] of Object.entries(metadata))
      model.message(14, new Message().text(1, key).text(2, value))
    return model.done()
  }
}
