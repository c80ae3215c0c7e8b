import { readModel } from '../../src/core/autoencoder/model'
import { makeMahalanobis } from '../../src/core/detectors/mahalanobis'
import { rank } from '../../src/core/evaluation/ranking'
import { makeAutoencoder } from '../../src/train/autoencoder-learner'
import { readAutoencoderSettings } from '../../src/train/learner-settings'
import { unitSpreads } from '../../test/train/unit-spread'
import { figuresOf, type Figure, type Planned } from '../figure'
import { detectorScores, scaledFeatures, scoresOf, type ScoresOf } from './detector-scores'
import type { WindowCase, WindowTask } from './window-case'

const SEEDS = [1, 2, 3, 4, 5]

/**
 * The pooled ROC-AUC of the autoencoder that a node learns, seed by seed, beside that of the Ledoit-Wolf Mahalanobis distance; and
 * how much its units move over normal windows: one that does not is dead. Without data the figures are there, and empty.
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
    {
      name: `${name}: least standard deviation of a unit or output over normal windows`,
      of: ({ moved }) => Math.min(...moved),
      target: '>=0.01',
    },
  ]
  return figuresOf(plan, data && (await reached(data, task)))
}

interface Reached {
  /** ROC-AUC. */
  readonly mahalanobis: number
  /** ROC-AUC, seed by seed. */
  readonly seeds: readonly number[]
  /** Standard deviation of each unit and output. */
  readonly moved: readonly number[]
}

async function reached(data: WindowCase, task: WindowTask): Promise<Reached> {
  const auc = async (scores: ScoresOf): Promise<number> => {
    const anomalous = Object.values(task.test_anomaly).flat()
    return rank(await scores(task.test_normal), await scores(anomalous)).rocAuc
  }
  const mahalanobis = await auc(
    await detectorScores(data, task, makeMahalanobis({ covariance: 'ledoit-wolf' })),
  )
  const scaled = await scaledFeatures(data, task)
  const [train, normal] = [await scaled(task.train), await scaled(task.test_normal)]
  const windows = normal.map((frame) => frame.data)
  const seeds: number[] = []
  const moved: number[] = []
  for (const seed of SEEDS) {
    const learner = makeAutoencoder(readAutoencoderSettings({ seed }))
    const part = await learner.fit(train)
    seeds.push(await auc(scoresOf(scaled, learner, part)))
    moved.push(...unitSpreads(readModel(part.body, part.blobs), windows).flat())
  }
  return { mahalanobis, seeds, moved }
}
