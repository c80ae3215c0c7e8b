import { InputError } from '../errors'
import { BodyReader } from '../read-body'
import { readSpec } from './read-spec'
import { LOSSES, parameterCount, type Loss, type NetworkSpec } from './spec'

/**
 * A trained autoencoder with all that a score takes. For a window x of steps × columns:
 * z = (x - offset) · factor per column, y = network(z),
 * channel_error[c] = weight[c] · mean over steps of (z - y)² (or |z - y|), score = mean over columns of channel_error.
 */
export interface AutoencoderModel {
  /** Names of the columns; a network from elsewhere may lack them and takes any. */
  readonly channels?: readonly string[]
  readonly spec: NetworkSpec
  readonly weights: Float32Array
  readonly loss: Loss
  /** Per column, in single precision. */
  readonly offset: Float32Array
  readonly factor: Float32Array
  readonly weight: Float32Array
}

const VERSION = 1
const BLOB = 'weights'

/** The model as plain JSON and one blob of little-endian floats; `readModel` gives back the very same numbers. */
export function writeModel(model: AutoencoderModel): {
  body: Record<string, unknown>
  blobs: Record<string, Uint8Array>
} {
  const { channels, spec, loss, weights } = model
  const bytes = new Uint8Array(weights.length * 4)
  const view = new DataView(bytes.buffer)
  weights.forEach((value, i) => view.setFloat32(4 * i, value, true))
  const body = {
    version: VERSION,
    ...(channels === undefined ? {} : { channels: [...channels] }),
    loss,
    spec,
    offset: [...model.offset],
    factor: [...model.factor],
    weight: [...model.weight],
  }
  return { body, blobs: { [BLOB]: bytes } }
}

function refuse(reason: string): never {
  throw new InputError('train.badSpec', { field: 'autoencoder.weights', reason })
}

/** Reads what `writeModel` wrote. @throws InputError where it is something else, or a weight is no number */
export function readModel(body: unknown, blobs: Readonly<Record<string, Uint8Array>> = {}): AutoencoderModel {
  const reader = new BodyReader('autoencoder', body)
  reader.version(VERSION)
  const spec = readSpec((body as Readonly<Record<string, unknown>>)['spec'])
  const channels = reader.has('channels') ? reader.texts('channels') : undefined
  if (channels !== undefined && channels.length !== spec.columns)
    refuse(`there are ${channels.length} channels for ${spec.columns} columns`)
  const bytes = Object.hasOwn(blobs, BLOB) ? blobs[BLOB]! : refuse('they are missing')
  const count = parameterCount(spec)
  if (bytes.length !== 4 * count) refuse(`there are ${bytes.length} bytes where ${4 * count} belong`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const weights = Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true))
  if (!weights.every(Number.isFinite)) refuse('one is no number')
  return {
    ...(channels === undefined ? {} : { channels }),
    spec,
    weights,
    loss: reader.choice('loss', LOSSES),
    offset: Float32Array.from(reader.numbers('offset', spec.columns)),
    factor: Float32Array.from(reader.positives('factor', spec.columns)),
    weight: Float32Array.from(reader.positives('weight', spec.columns)),
  }
}
