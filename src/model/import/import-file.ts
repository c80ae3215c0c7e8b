import { InputError } from '../../core/errors'
import { guardOnnx } from '../onnx/guard'
import type { OnnxModel } from '../onnx/read'
import { textOf } from './bounded-bytes'
import { readCBytes } from './c-header'
import type { DenseAutoencoder } from './dense-network'
import { detectFile, type FileFormat } from './detect'
import { readKerasH5 } from './keras-h5'
import { readMahalanobisHeader, readMahalanobisNpz, type MahalanobisModel } from './mahalanobis-model'
import { readSensadBaseline, type SensadBaseline } from './sensad'
import { readSklearnScaler, type ImportedScaler } from './sklearn-scaler'
import { readTflite } from './tflite'

/** What a file of another system holds. */
export type ImportedFile =
  | { readonly kind: 'scaler'; readonly scaler: ImportedScaler }
  | { readonly kind: 'mahalanobis'; readonly model: MahalanobisModel }
  | { readonly kind: 'robust-z'; readonly baseline: SensadBaseline }
  | { readonly kind: 'dense-autoencoder'; readonly network: DenseAutoencoder }
  /** A guarded ONNX model; `bytes` are those of the file. */
  | { readonly kind: 'onnx'; readonly bytes: Uint8Array; readonly model: OnnxModel }
  /** A model exported by this package; the bundle takes it in and checks it. */
  | { readonly kind: 'bundle'; readonly bytes: Uint8Array }

/** Largest file that is read, except exported models, which have their own limit. */
const MAX_BYTES = 67_108_864

/** What to do with a file that is known, but of no use by itself. */
const ADVICE: Partial<Record<FileFormat, readonly [what: string, hint: string]>> = {
  npy: [
    'a single numpy array',
    'save mean and covariance with numpy.savez(name, model_mu=mean, model_cov=covariance)',
  ],
  table: [
    'a table of measurements',
    'let a replay node send it through the chain, which learns from what comes, or learn from it with edge-anomaly fit',
  ],
  'sensad-meta': ["sensad's meta.json", 'choose baseline.json beside it'],
  'keras-zip': [
    'a Keras model in the .keras format',
    "save it as model.save('model.h5'), or export it to ONNX",
  ],
  'torch-zip': ['a PyTorch file', 'export the model to ONNX with torch.onnx.export'],
}

/**
 * Reads a file of one of the systems that this package takes the place of. The format is told by the content; nothing in the
 * file is ever run. @throws InputError that names the file and says what to do
 */
export function importFile(name: string, bytes: Uint8Array): ImportedFile {
  if (bytes.length === 0)
    throw new InputError('files.lacks', { field: name, what: 'content', hint: 'copy the file again' })
  const format = detectFile(name, bytes)
  if (format !== 'bundle' && bytes.length > MAX_BYTES) {
    throw new InputError('files.tooLarge', { field: name, got: `${bytes.length} bytes`, max: MAX_BYTES })
  }
  switch (format) {
    case 'pickle':
      return { kind: 'scaler', scaler: readSklearnScaler(bytes, name) }
    case 'npz':
      return { kind: 'mahalanobis', model: readMahalanobisNpz(bytes, name) }
    case 'mahalanobis-header':
      return { kind: 'mahalanobis', model: readMahalanobisHeader(textOf(bytes), name) }
    case 'tflite-header':
      return { kind: 'dense-autoencoder', network: readTflite(readCBytes(textOf(bytes), name), name) }
    case 'sensad-baseline':
      return { kind: 'robust-z', baseline: readSensadBaseline(bytes, name) }
    case 'keras-h5':
      return { kind: 'dense-autoencoder', network: readKerasH5(bytes, name) }
    case 'tflite':
      return { kind: 'dense-autoencoder', network: readTflite(bytes, name) }
    case 'onnx':
      return { kind: 'onnx', bytes, model: guardOnnx(bytes, name) }
    case 'bundle':
      return { kind: 'bundle', bytes }
    case 'unknown':
    case 'npy':
    case 'table':
    case 'sensad-meta':
    case 'keras-zip':
    case 'torch-zip': {
      const advice = ADVICE[format]
      if (advice === undefined) throw new InputError('files.unknownFile', { field: name })
      throw new InputError('files.notAlone', { field: name, what: advice[0], hint: advice[1] })
    }
  }
}
