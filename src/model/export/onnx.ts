import { readModel } from '../../core/autoencoder/model'
import { InputError } from '../../core/errors'
import { readScaler } from '../../core/scalers/scaler-model'
import type { Bundle, Stream } from '../bundle'
import { hashesOf, type Calibration } from '../manifest'
import { contractAfter, type NamedPart } from '../named-part'
import { isOnnxPart, ONNX_BLOB } from '../onnx/onnx-part'
import { writeAutoencoder } from '../onnx/write-autoencoder'

export interface OnnxExportOptions {
  /** Kernels in eight bits: a fourth of the size. */
  readonly int8?: boolean
}

/** What was learned for one stream and context. */
export interface OnnxSource {
  /** In the order of the chain. */
  readonly parts: readonly NamedPart[]
  readonly calibration?: Calibration
  readonly version: number
}

/** Why the threshold of a file with weights in eight bits is not quite its own. */
const APPROXIMATE = 'approximate: calibrated with weights in 32 bits'

/**
 * What was learned as one ONNX file: the scaler, the autoencoder and its score, with the contract, the threshold and the vote as
 * metadata. Other programs get the same score from the same features. A file that was imported is given out as it came.
 * @param field names the model in errors
 * @returns undefined where the chain ends in no autoencoder
 * @throws InputError where an imported file is wished for in eight bits
 */
export function toOnnx(
  { parts, calibration, version }: OnnxSource,
  field: string,
  { int8 = false }: OnnxExportOptions = {},
): Uint8Array | undefined {
  const detector = parts.find(({ role }) => role === 'detector')
  if (detector === undefined) return undefined
  if (isOnnxPart(detector)) {
    if (int8) throw new InputError('model.onnxAsItCame', { field })
    return detector.blobs?.[ONNX_BLOB]
  }
  if (!detector.kind.startsWith('autoencoder ')) return undefined
  const model = readModel(detector.body, detector.blobs)
  const scaler = parts.find(({ role }) => role === 'scaler')
  const scaling = scaler === undefined ? undefined : readScaler(scaler.body)
  const { columns } = model.spec
  return writeAutoencoder(model, {
    channels: scaling?.channels ?? model.channels ?? Array.from({ length: columns }, (_, i) => `c${i + 1}`),
    contract: contractAfter(detector),
    int8,
    version: String(version),
    ...(scaling === undefined ? {} : { scaling }),
    ...(calibration === undefined ? {} : { threshold: calibration.threshold }),
    metadata: { ...voteOf(calibration), ...weightsOf(int8, calibration !== undefined) },
  })
}

/**
 * `toOnnx` of what a bundle holds for a stream.
 * @throws InputError where the stream has no autoencoder, or a part of its chain is not in the bundle
 */
export function exportOnnx(
  bundle: Pick<Bundle, 'current' | 'load' | 'name'>,
  stream: Stream,
  options: OnnxExportOptions = {},
): Uint8Array {
  const { name: field } = bundle
  const manifest = bundle.current(stream)
  for (const hash of hashesOf(manifest?.contract ?? []))
    if (!manifest!.parts.includes(hash)) throw new InputError('model.partElsewhere', { field, hash })
  const parts = manifest?.parts.map((hash) => ({ ...bundle.load(hash), hash })) ?? []
  const file = manifest === undefined ? undefined : toOnnx({ ...manifest, parts }, field, options)
  if (file === undefined) throw new InputError('model.noAutoencoder', { field, stream: stream.topic })
  return file
}

/** `{"k":3,"n":5}`: the third largest of the last five scores is what the threshold was set for. */
function voteOf(calibration: Calibration | undefined): Readonly<Record<string, string>> {
  const { vote } = (calibration ?? {}) as { readonly vote?: unknown }
  return vote === undefined ? {} : { vote: JSON.stringify(vote) }
}

function weightsOf(int8: boolean, hasThreshold: boolean): Readonly<Record<string, string>> {
  if (!int8) return {}
  return { weights: 'int8', ...(hasThreshold ? { threshold_note: APPROXIMATE } : {}) }
}
