import { MalformedError, WireReader, type Field, type WireType } from './wire'

/**
 * The fields of ONNX's messages (github.com/onnx/onnx, onnx/onnx.proto, IR version 13) with the wire types that each may have.
 * A field that is not listed is refused: what cannot be named here cannot be checked, but might be read by a newer runtime.
 */
const NUMBER = [0] as const
const BYTES = [2] as const
const NUMBERS = [0, 2] as const
const FLOAT = [5] as const
const FLOATS = [5, 2] as const
const DOUBLES = [1, 2] as const

type Message = ReadonlyMap<number, readonly WireType[]>

function message(fields: Readonly<Record<number, readonly WireType[]>>): Message {
  return new Map(Object.entries(fields).map(([number, wires]) => [Number(number), wires]))
}

// prettier-ignore
export const MODEL = message({
  1: NUMBER, 2: BYTES, 3: BYTES, 4: BYTES, 5: NUMBER, 6: BYTES, 7: BYTES, 8: BYTES, 14: BYTES, 20: BYTES, 25: BYTES, 26: BYTES,
})
export const OPSET = message({ 1: BYTES, 2: NUMBER })
export const STRING_PAIR = message({ 1: BYTES, 2: BYTES })
// prettier-ignore
export const GRAPH = message({
  1: BYTES, 2: BYTES, 5: BYTES, 10: BYTES, 11: BYTES, 12: BYTES, 13: BYTES, 14: BYTES, 15: BYTES, 16: BYTES,
})
// prettier-ignore
export const NODE = message({
  1: BYTES, 2: BYTES, 3: BYTES, 4: BYTES, 5: BYTES, 6: BYTES, 7: BYTES, 8: BYTES, 9: BYTES, 10: BYTES,
})
// prettier-ignore
export const ATTRIBUTE = message({
  1: BYTES, 2: FLOAT, 3: NUMBER, 4: BYTES, 5: BYTES, 6: BYTES, 7: FLOATS, 8: NUMBERS, 9: BYTES, 10: BYTES, 11: BYTES, 13: BYTES,
  14: BYTES, 15: BYTES, 20: NUMBER, 21: BYTES, 22: BYTES, 23: BYTES,
})
// prettier-ignore
export const TENSOR = message({
  1: NUMBERS, 2: NUMBER, 3: BYTES, 4: FLOATS, 5: NUMBERS, 6: BYTES, 7: NUMBERS, 8: BYTES, 9: BYTES, 10: DOUBLES, 11: NUMBERS,
  12: BYTES, 13: BYTES, 14: NUMBER, 16: BYTES,
})
export const VALUE_INFO = message({ 1: BYTES, 2: BYTES, 3: BYTES, 4: BYTES })
export const TYPE = message({ 1: BYTES, 4: BYTES, 5: BYTES, 6: BYTES, 7: BYTES, 8: BYTES, 9: BYTES })
export const TENSOR_TYPE = message({ 1: NUMBER, 2: BYTES })
export const SHAPE = message({ 1: BYTES })
export const DIMENSION = message({ 1: NUMBER, 2: BYTES, 3: BYTES })

/** The fields of a message, in order. @throws MalformedError on a field or wire type that the message does not have */
export function* fieldsOf(bytes: Uint8Array, fields: Message, name: string): Generator<Field, void> {
  for (const reader = new WireReader(bytes); !reader.done;) {
    const field = reader.field()
    const wires = fields.get(field.number)
    if (wires === undefined)
      throw new MalformedError(`${name} has the field ${field.number}, which ONNX does not have`)
    if (!wires.includes(field.wire))
      throw new MalformedError(`the field ${field.number} of ${name} is of the wrong kind`)
    yield field
  }
}
