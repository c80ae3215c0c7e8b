import { InputError } from '../../core/errors'
import type { Dim, OnnxModel } from './read'

/** Most values in an input, and in a tensor whose size a file states: 4 M floats are 16 MB. */
export const MAX_CELLS = 2 ** 22

/**
 * The inputs of operators that say how large, or of what shape, the result is.
 * Everything else has a shape that follows from the shapes of what goes in.
 */
const SHAPE_INPUTS: Readonly<Record<string, readonly number[]>> = {
  ConstantOfShape: [0],
  Expand: [1],
  Pad: [1, 3],
  Range: [0, 1, 2],
  Reshape: [1],
  Resize: [1, 2, 3],
  Slice: [1, 2, 3, 4],
  Split: [1],
  Squeeze: [1],
  Tile: [1, 2],
  Unsqueeze: [1],
  Upsample: [1],
}
/** Of these the input is the shape itself, or how often to repeat: its product is (a bound of) the size. */
const STATES_SIZE: ReadonlySet<string> = new Set(['ConstantOfShape', 'Expand', 'Tile'])

/** @throws InputError where the lengths that are known already make too many values */
export function checkCells(dims: readonly Dim[], field: string): void {
  const got = dims.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : 1), 1)
  if (got > MAX_CELLS) {
    const model = `[${dims.join(', ')}]`.slice(0, 100)
    throw new InputError('model.onnxInputHuge', { field, model, most: MAX_CELLS })
  }
}

/**
 * Refuses a graph that makes tensors out of proportion to the file: inputs or constants of too many values, and sizes that
 * depend on the values of a window. So what one window takes, every window of its shape takes, and a trial tells.
 * @throws InputError
 */
export function checkSizes({ inputs, nodes, initializers }: OnnxModel, field: string): void {
  for (const { dims = [] } of inputs) checkCells(dims, field)
  const constants = new Map(initializers.map(({ name, values }) => [name, values]))
  const fromWindow = new Set(inputs.map(({ name }) => name))
  for (const { op, inputs: taken, outputs: given, constant } of nodes) {
    const shaping = op.startsWith('Reduce') ? [1] : (SHAPE_INPUTS[op] ?? [])
    for (const at of shaping) {
      const name = taken[at] ?? ''
      if (fromWindow.has(name)) throw new InputError('model.onnxSizes', { field, op })
      const size = sizeOf(op, taken, constants)
      if (size > MAX_CELLS) throw new InputError('model.onnxMakesHuge', { field, op, most: MAX_CELLS })
    }
    const [output = ''] = given
    if (constant !== undefined) constants.set(output, constant)
    // A shape follows from shapes, not from values.
    if (op !== 'Shape' && op !== 'Size' && taken.some((name) => fromWindow.has(name)))
      for (const name of given) if (name !== '') fromWindow.add(name)
  }
}

/** How many values a node makes, where constants of the file say so; else 0. */
function sizeOf(
  op: string,
  inputs: readonly string[],
  constants: ReadonlyMap<string, readonly number[] | undefined>,
): number {
  const valuesOf = (at: number): readonly number[] => constants.get(inputs[at] ?? '') ?? []
  const product = (values: readonly number[]): number => values.reduce((all, each) => all * Math.abs(each), 1)
  if (STATES_SIZE.has(op)) return product(valuesOf(op === 'ConstantOfShape' ? 0 : 1))
  if (op === 'Resize') return product(valuesOf(3))
  if (op === 'Pad') return valuesOf(1).reduce((sum, each) => sum + Math.abs(each), 0)
  if (op !== 'Range') return 0
  const [start, limit, delta] = [0, 1, 2].map((at) => valuesOf(at)[0])
  return start === undefined || limit === undefined || delta === undefined
    ? 0
    : Math.abs((limit - start) / (delta || 1))
}
