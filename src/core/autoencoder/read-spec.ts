import { InputError } from '../errors'
import { MOST_CELLS, MOST_UNITS } from './presets'
import { ACTIVATIONS, KINDS, stridedLength, type LayerSpec, type NetworkSpec } from './spec'

const MOST_LAYERS_IN_ALL = 32
const MOST_KERNEL = 64
const LAYER_TYPES = ['dense', 'lstm', 'repeat', 'conv', 'conv-transpose'] as const

type Fields = Readonly<Record<string, unknown>>

function refuse(reason: string): never {
  throw new InputError('train.badSpec', { field: 'spec', reason })
}

function fieldsOf(value: unknown, what: string): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : refuse(`${what} is no object`)
}

function whole(fields: Fields, name: string, most: number): number {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > most)
    refuse(`${name} is not from 1 to ${most}`)
  return value
}

function oneOf<T extends string>(fields: Fields, name: string, choices: readonly T[]): T {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined
  return choices.find((choice) => choice === value) ?? refuse(`${name} is none of ${choices.join(', ')}`)
}

function readLayer(value: unknown): LayerSpec {
  const fields = fieldsOf(value, 'a layer')
  const type = oneOf(fields, 'type', LAYER_TYPES)
  switch (type) {
    case 'repeat':
      return { type }
    case 'lstm':
      if (typeof fields['sequence'] !== 'boolean') refuse('sequence is neither true nor false')
      return { type, units: whole(fields, 'units', MOST_UNITS), sequence: fields['sequence'] }
    case 'dense':
      return {
        type,
        units: whole(fields, 'units', MOST_CELLS),
        activation: oneOf(fields, 'activation', ACTIVATIONS),
      }
    case 'conv':
    case 'conv-transpose': {
      const common = {
        filters: whole(fields, 'filters', MOST_UNITS),
        kernel: whole(fields, 'kernel', MOST_KERNEL),
        stride: whole(fields, 'stride', 16),
        activation: oneOf(fields, 'activation', ACTIVATIONS),
      }
      return type === 'conv'
        ? { type, ...common }
        : { type, ...common, length: whole(fields, 'length', MOST_CELLS) }
    }
  }
}

/** What flows between layers: one vector per window, one that is to be repeated, or one per step. */
type Flow = 'flat' | 'repeated' | 'sequence'

/** Follows the shape through the layers; refuses a layer that cannot take what comes, and another shape at the end. */
function checkFlow(spec: NetworkSpec): void {
  const dense = spec.kind === 'dense'
  let flow: Flow = dense ? 'flat' : 'sequence'
  let length = spec.steps
  let width = dense ? spec.steps * spec.columns : spec.columns
  for (const layer of spec.layers) {
    const allowed =
      layer.type === 'dense'
        ? spec.kind !== 'conv1d'
        : spec.kind === (layer.type.startsWith('conv') ? 'conv1d' : 'lstm')
    if (!allowed) refuse(`a ${layer.type} layer in a ${spec.kind} network`)
    switch (layer.type) {
      case 'repeat':
        if (flow !== 'flat') refuse('repeat behind a sequence')
        flow = 'repeated'
        continue
      case 'lstm':
        if (flow === 'flat') refuse('an LSTM needs a sequence or repeat before it')
        flow = layer.sequence ? 'sequence' : 'flat'
        width = layer.units
        continue
      case 'dense':
        if (flow === 'repeated') refuse('dense right behind repeat')
        width = layer.units
        continue
      case 'conv':
        length = stridedLength(length, layer.stride)
        width = layer.filters
        continue
      case 'conv-transpose':
        if (stridedLength(layer.length, layer.stride) !== length)
          refuse(`no way from ${length} to ${layer.length} steps`)
        length = layer.length
        width = layer.filters
    }
  }
  const fits = dense
    ? width === spec.steps * spec.columns
    : flow === 'sequence' && length === spec.steps && width === spec.columns
  if (!fits) refuse('the output has not the shape of the input')
}

/** A network specification from plain JSON. @throws InputError where it is none or its layers do not fit together */
export function readSpec(value: unknown): NetworkSpec {
  const fields = fieldsOf(value, 'the specification')
  const layers = fields['layers']
  if (!Array.isArray(layers) || layers.length < 1 || layers.length > MOST_LAYERS_IN_ALL)
    refuse('layers is no list of 1 to 32 layers')
  const spec: NetworkSpec = {
    kind: oneOf(fields, 'kind', KINDS),
    steps: whole(fields, 'steps', MOST_CELLS),
    columns: whole(fields, 'columns', MOST_CELLS),
    layers: layers.map(readLayer),
  }
  if (spec.steps * spec.columns > MOST_CELLS) refuse(`more than ${MOST_CELLS} values in a window`)
  checkFlow(spec)
  return spec
}
