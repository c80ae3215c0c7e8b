import { makeMahalanobis } from '../../src/core/detectors/mahalanobis'
import { rank } from '../../src/core/evaluation/ranking'
import type { Detector } from '../../src/core/stage'
import { makeAutoencoder } from '../../src/train/autoencoder-learner'
import { readAutoencoderSettings } from '../../src/train/learner-settings'
import type { Figure } from '../figure'
import { detectorScores } from './detector-scores'
import type { WindowCase, WindowTask } from './window-case'

const SEEDS = [1, 2, 3, 4, 5]

/** The pooled ROC-AUC of the autoencoder that a node learns, seed by seed, beside that of the Ledoit-Wolf Mahalanobis distance. */
export async function autoencoderSeeds(data: WindowCase, task: WindowTask): Promise<readonly Figure[]> {
  const auc = async (detector: Detector): Promise<number> => {
    const scoresOf = await detectorScores(data, task, detector)
    const anomalous = Object.values(task.test_anomaly).flat()
    return rank(await scoresOf(task.test_normal), await scoresOf(anomalous)).rocAuc
  }
  const reference = await auc(makeMahalanobis({ covariance: 'ledoit-wolf' }))
  const reached: number[] = []
  for (const seed of SEEDS) reached.push(await auc(makeAutoencoder(readAutoencoderSettings({ seed }))))
  const name = `${task.name} dense autoencoder, ${SEEDS.length} seeds`
  return [
    { name: `${name}: best ROC-AUC`, value: Math.max(...reached) },
    { name: `${name}: worst ROC-AUC`, value: Math.min(...reached) },
    {
      name: `${name}: Mahalanobis ahead of the worst`,
      value: reference - Math.min(...reached),
      target: '<=0.02',
    },
  ]
}
