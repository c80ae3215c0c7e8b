import { makeMahalanobis } from '../../src/core/detectors/mahalanobis'
import { rank } from '../../src/core/evaluation/ranking'
import type { Detector } from '../../src/core/stage'
import { makeAutoencoder } from '../../src/train/autoencoder-learner'
import { readAutoencoderSettings } from '../../src/train/learner-settings'
import { figuresOf, type Figure, type Planned } from '../figure'
import { detectorScores } from './detector-scores'
import type { WindowCase, WindowTask } from './window-case'

const SEEDS = [1, 2, 3, 4, 5]

/**
 * The pooled ROC-AUC of the autoencoder that a node learns, seed by seed, beside that of the Ledoit-Wolf Mahalanobis distance.
 * Without data the figures are there, and empty.
 */
export async function autoencoderSeeds(
  task: WindowTask,
  data: WindowCase | undefined,
): Promise<readonly Figure[]> {
  const name = `${task.name} dense autoencoder, ${SEEDS.length} seeds`
  const plan: readonly Planned<Reached>[] = [
    { name: `${name}: best ROC-AUC`, of: ({ seeds }) => Math.max(...seeds) },
    { name: `${name}: worst ROC-AUC`, of: ({ seeds }) => Math.min(...seeds) },
    {
      name: `${name}: Mahalanobis ahead of the worst`,
      of: ({ seeds, mahalanobis }) => mahalanobis - Math.min(...seeds),
      target: '<=0.02',
    },
  ]
  return figuresOf(plan, data && (await reached(data, task)))
}

/** ROC-AUC of each. */
interface Reached {
  readonly mahalanobis: number
  readonly seeds: readonly number[]
}

async function reached(data: WindowCase, task: WindowTask): Promise<Reached> {
  const auc = async (detector: Detector): Promise<number> => {
    const scoresOf = await detectorScores(data, task, detector)
    const anomalous = Object.values(task.test_anomaly).flat()
    return rank(await scoresOf(task.test_normal), await scoresOf(anomalous)).rocAuc
  }
  const mahalanobis = await auc(makeMahalanobis({ covariance: 'ledoit-wolf' }))
  const seeds: number[] = []
  for (const seed of SEEDS) seeds.push(await auc(makeAutoencoder(readAutoencoderSettings({ seed }))))
  return { mahalanobis, seeds }
}
