/** Protocol Buffers by hand, to make ONNX files that no tool would write. */
export type Piece = readonly number[]

export function varint(value: number | bigint): Piece {
  let rest = BigInt.asUintN(64, BigInt(value))
  const bytes: number[] = []
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0))
    rest >>= 7n
  } while (rest > 0n)
  return bytes
}

/** A number field. */
export function num(field: number, value: number | bigint): Piece {
  return [...varint(field * 8), ...varint(value)]
}

/** A text, bytes or message field. */
export function len(field: number, content: string | Piece): Piece {
  const bytes = typeof content === 'string' ? [...Buffer.from(content)] : content
  return [...varint(field * 8 + 2), ...varint(bytes.length), ...bytes]
}

export function join(...pieces: readonly Piece[]): Piece {
  return pieces.flat()
}

export const dims = (...lengths: readonly (number | string)[]): Piece =>
  join(...lengths.map((dim) => len(1, typeof dim === 'number' ? num(1, dim) : len(2, dim))))

/** An input or output of 32-bit floats. */
export const value = (name: string, ...lengths: readonly (number | string)[]): Piece =>
  join(len(1, name), len(2, len(1, join(num(1, 1), len(2, dims(...lengths))))))

export const node = (op: string, input: string, output: string, ...extra: readonly Piece[]): Piece =>
  join(len(1, input), len(2, output), len(4, op), ...extra)

/** A tensor of floats, all zero. */
export const tensor = (name: string, lengths: readonly number[], ...extra: readonly Piece[]): Piece => {
  const count = lengths.reduce((product, length) => product * length, 1)
  return join(
    ...lengths.map((length) => num(1, length)),
    num(2, 1),
    len(8, name),
    len(9, new Array<number>(count * 4).fill(0)),
    ...extra,
  )
}

/** A list of 64-bit whole numbers, such as a shape. */
export const wholes = (name: string, ...values: readonly number[]): Piece =>
  join(num(1, values.length), num(2, 7), len(8, name), ...values.map((each) => num(7, each)))

export interface Parts {
  readonly nodes?: readonly Piece[]
  readonly inputs?: readonly Piece[]
  readonly outputs?: readonly Piece[]
  readonly initializers?: readonly Piece[]
  /** Further fields of the graph, and of the model. */
  readonly graph?: readonly Piece[]
  readonly model?: readonly Piece[]
  readonly opsets?: readonly Piece[]
}

/** y = relu(x), with whatever else is asked for. */
export function onnx(parts: Parts = {}): Uint8Array {
  const {
    nodes = [node('Relu', 'x', 'y')],
    inputs = [value('x', 'batch', 4)],
    outputs = [value('y', 'batch', 4)],
    initializers = [],
    graph = [],
    model = [],
    opsets = [join(len(1, ''), num(2, 17))],
  } = parts
  const whole = join(
    ...nodes.map((each) => len(1, each)),
    len(2, 'g'),
    ...initializers.map((each) => len(5, each)),
    ...inputs.map((each) => len(11, each)),
    ...outputs.map((each) => len(12, each)),
    ...graph,
  )
  return Uint8Array.from(join(num(1, 8), ...opsets.map((each) => len(8, each)), len(7, whole), ...model))
}
