import { readModel } from '../../core/autoencoder/model'
import { InputError } from '../../core/errors'
import { readScaler } from '../../core/scalers/scaler-model'
import { writeAutoencoder } from '../../model/onnx/write-autoencoder'
import { contractAfter } from '../../model/named-part'
import { ONNX_BLOB } from '../../model/onnx/onnx-part'
import { kindOf } from '../../model/part'
import type { Baseline } from './stored-model'

/** An ONNX file of an autoencoder, with scaler and score folded in; an imported ONNX file as it came. @throws InputError on another detector */
export function toOnnx(
  { parts, calibration }: Baseline,
  place: string,
  options: { readonly int8: boolean },
): Uint8Array {
  const detector = parts.find(({ role }) => role === 'detector')
  const kind = detector === undefined ? 'none' : kindOf(detector)
  if (detector === undefined || (kind !== 'autoencoder' && kind !== 'onnx'))
    throw new InputError('cli.notForOnnx', { field: place, kind })
  const imported = detector.blobs?.[ONNX_BLOB]
  if (kind === 'onnx' && imported !== undefined) return imported
  const model = readModel(detector.body, detector.blobs)
  const scaler = parts.find(({ role }) => role === 'scaler')
  return writeAutoencoder(model, {
    channels: model.channels ?? [],
    ...(scaler === undefined ? {} : { scaling: readScaler(scaler.body) }),
    contract: contractAfter(detector),
    ...(calibration === undefined ? {} : { threshold: calibration.threshold }),
    int8: options.int8,
  })
}
