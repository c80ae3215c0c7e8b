import { readScaler, ScalerModel } from '../../core/scalers/scaler-model'
import { MahalanobisModel, readMahalanobis } from '../../core/detectors/mahalanobis'
import { readRobustZ, RobustZModel, type Aggregate } from '../../core/detectors/robust-z'
import { InputError } from '../../core/errors'
import type { Frame } from '../../core/frame'
import type { Model, Score } from '../../core/stage'
import { defaultEngines, openModel } from '../../model/engines/choose'
import { loadOnnxPart } from '../../model/onnx/onnx-part'
import { kindOf, type PartFile } from '../../model/part'
import { makeAutoencoder } from '../../train/autoencoder-learner'
import { readAutoencoderSettings } from '../../train/learner-settings'

/** The working scaler of a part. @throws InputError where the part is damaged or no scaler */
export function loadScaler(part: PartFile): Model<Frame> {
  return new ScalerModel(readScaler(part.body))
}

/**
 * The working detector of a part. @param aggregate of a robust z, instead of the one learned
 * @throws InputError where the part is damaged, or of a kind that this version does not know
 */
export function loadDetector(part: PartFile, aggregate?: Aggregate): Model<Score> {
  switch (kindOf(part)) {
    case 'mahalanobis':
      return new MahalanobisModel(readMahalanobis(part.body))
    case 'robust-z': {
      const body = readRobustZ(part.body)
      return new RobustZModel(aggregate === undefined ? body : { ...body, aggregate })
    }
    case 'autoencoder':
      return makeAutoencoder(readAutoencoderSettings()).load(part.body, part.blobs)
    case 'onnx':
      return loadOnnxPart(part, (bytes) => openModel(defaultEngines(), bytes))
    default:
      throw new InputError('cli.unknownPart', { field: part.kind })
  }
}
