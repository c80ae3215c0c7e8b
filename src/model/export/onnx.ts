import { readModel } from '../../core/autoencoder/model'
import { InputError } from '../../core/errors'
import { readScaler } from '../../core/scalers/scaler-model'
import type { Bundle, Stream } from '../bundle'
import { writeAutoencoder } from '../onnx/write-autoencoder'
import type { PartFile } from '../part'

export interface OnnxExportOptions {
  /** Kernels in eight bits: a fourth of the size. */
  readonly int8?: boolean
}

/**
 * What a bundle learned for a stream as one ONNX file: the scaler, the autoencoder and its score, with the contract and the
 * calibrated threshold as metadata. Other programs get the same score from the same features.
 * @throws InputError where the stream has no autoencoder that was learned here
 */
export function exportOnnx(
  bundle: Pick<Bundle, 'current' | 'load' | 'name'>,
  stream: Stream,
  { int8 = false }: OnnxExportOptions = {},
): Uint8Array {
  const manifest = bundle.current(stream)
  const parts: readonly PartFile[] = manifest?.parts.map((hash) => bundle.load(hash)) ?? []
  const detector = parts.find((part) => part.kind.startsWith('autoencoder '))
  if (manifest === undefined || detector === undefined) {
    throw new InputError('model.noAutoencoder', { field: bundle.name, stream: stream.topic })
  }
  const model = readModel(detector.body, detector.blobs)
  const scaler = parts.find((part) => part.role === 'scaler')
  const scaling = scaler === undefined ? undefined : readScaler(scaler.body)
  const { calibration } = manifest
  return writeAutoencoder(model, {
    channels: scaling?.channels ?? Array.from({ length: model.spec.columns }, (_, i) => `c${i + 1}`),
    contract: manifest.contract,
    int8,
    version: String(manifest.version),
    ...(scaling === undefined ? {} : { scaling }),
    ...(calibration === undefined ? {} : { threshold: calibration.threshold }),
  })
}
