import { readModel } from '../../src/core/autoencoder/model'
import { makeMahalanobis } from '../../src/core/detectors/mahalanobis'
import { rank } from '../../src/core/evaluation/ranking'
import { makeAutoencoder } from '../../src/train/autoencoder-learner'
import { readAutoencoderSettings } from '../../src/train/learner-settings'
import type { Figure } from '../figure'
import { unitSpreads } from '../../test/train/unit-spread'
import { detectorScores, scaledFeatures, scoresOf, type ScoresOf } from './detector-scores'
import type { WindowCase, WindowTask } from './window-case'

const SEEDS = [1, 2, 3, 4, 5]

/**
 * The pooled ROC-AUC of the autoencoder that a node learns, seed by seed, beside that of the Ledoit-Wolf Mahalanobis distance; and
 * how much its units move over normal windows: one that does not is dead.
 */
export async function autoencoderSeeds(data: WindowCase, task: WindowTask): Promise<readonly Figure[]> {
  const auc = async (scores: ScoresOf): Promise<number> => {
    const anomalous = Object.values(task.test_anomaly).flat()
    return rank(await scores(task.test_normal), await scores(anomalous)).rocAuc
  }
  const mahalanobis = makeMahalanobis({ covariance: 'ledoit-wolf' })
  const reference = await auc(await detectorScores(data, task, mahalanobis))
  const scaled = await scaledFeatures(data, task)
  const [train, normal] = [await scaled(task.train), await scaled(task.test_normal)]
  const windows = normal.map((frame) => frame.data)
  const reached: number[] = []
  const moved: number[] = []
  for (const seed of SEEDS) {
    const learner = makeAutoencoder(readAutoencoderSettings({ seed }))
    const part = await learner.fit(train)
    reached.push(await auc(scoresOf(scaled, learner, part)))
    moved.push(...unitSpreads(readModel(part.body, part.blobs), windows).flat())
  }
  const name = `${task.name} dense autoencoder, ${SEEDS.length} seeds`
  return [
    { name: `${name}: best ROC-AUC`, value: Math.max(...reached) },
    { name: `${name}: worst ROC-AUC`, value: Math.min(...reached) },
    {
      name: `${name}: Mahalanobis ahead of the worst`,
      value: reference - Math.min(...reached),
      target: '<=0.02',
    },
    {
      name: `${name}: least standard deviation of a unit or output over normal windows`,
      value: Math.min(...moved),
      target: '>=0.01',
    },
  ]
}
