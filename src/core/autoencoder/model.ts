import { InputError } from '../errors'
import { readSpec } from './read-spec'
import { LOSSES, parameterCount, type Loss, type NetworkSpec } from './spec'

/**
 * A trained autoencoder with all that a score takes. For a window x of steps × columns:
 * z = (x - offset) · factor per column, y = network(z),
 * channel_error[c] = weight[c] · mean over steps of (z - y)² (or |z - y|), score = mean over columns of channel_error.
 */
export interface AutoencoderModel {
  readonly spec: NetworkSpec
  readonly weights: Float32Array
  readonly loss: Loss
  /** Per column, in single precision. */
  readonly offset: Float32Array
  readonly factor: Float32Array
  readonly weight: Float32Array
}

const FORMAT = 'autoencoder 1'
const BLOB = 'weights'

/** The model as plain JSON and one blob of little-endian floats; `readModel` gives back the very same numbers. */
export function writeModel(model: AutoencoderModel): {
  body: Record<string, unknown>
  blobs: Record<string, Uint8Array>
} {
  const { spec, loss, weights } = model
  const bytes = new Uint8Array(weights.length * 4)
  const view = new DataView(bytes.buffer)
  weights.forEach((value, i) => view.setFloat32(4 * i, value, true))
  const body = {
    format: FORMAT,
    spec,
    loss,
    offset: [...model.offset],
    factor: [...model.factor],
    weight: [...model.weight],
  }
  return { body, blobs: { [BLOB]: bytes } }
}

function refuse(reason: string): never {
  throw new InputError('train.badSpec', { field: 'model', reason })
}

function readColumns(value: unknown, name: string, columns: number): Float32Array {
  if (!Array.isArray(value) || value.length !== columns) refuse(`${name} is no list of ${columns} numbers`)
  const numbers = value.map((each: unknown) =>
    typeof each === 'number' && Number.isFinite(each) ? each : refuse(`${name} holds no number`),
  )
  return Float32Array.from(numbers)
}

/** Reads what `writeModel` wrote. @throws InputError where it is something else, or a weight is no number */
export function readModel(body: unknown, blobs: Readonly<Record<string, Uint8Array>> = {}): AutoencoderModel {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) refuse('it is no object')
  const fields = body as Readonly<Record<string, unknown>>
  if (fields['format'] !== FORMAT) refuse('it is no autoencoder learned here')
  const spec = readSpec(fields['spec'])
  const loss = LOSSES.find((name) => name === fields['loss']) ?? refuse('loss is neither mse nor mae')
  const bytes = Object.hasOwn(blobs, BLOB) ? blobs[BLOB]! : refuse('the weights are missing')
  const count = parameterCount(spec)
  if (bytes.length !== 4 * count)
    refuse(`there are ${bytes.length} bytes of weights where ${4 * count} belong`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const weights = Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true))
  if (!weights.every(Number.isFinite)) refuse('a weight is no number')
  return {
    spec,
    loss,
    weights,
    offset: readColumns(fields['offset'], 'offset', spec.columns),
    factor: readColumns(fields['factor'], 'factor', spec.columns),
    weight: readColumns(fields['weight'], 'weight', spec.columns),
  }
}
