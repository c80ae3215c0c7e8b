import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { readModel } from '../../src/core/autoencoder/model'
import { makeMahalanobis } from '../../src/core/detectors/mahalanobis'
import { FeatureStage } from '../../src/core/features/feature-stage'
import { readFeatureSettings } from '../../src/core/features/settings'
import type { Frame } from '../../src/core/frame'
import { makeScaler } from '../../src/core/scalers/scaler'
import type { Detector } from '../../src/core/stage'
import { makeAutoencoder } from '../../src/train/autoencoder-learner'
import { readAutoencoderSettings } from '../../src/train/learner-settings'
import { buildKernels } from './build-kernels'
import { unitSpreads } from './unit-spread'

const shared = process.env['ANOMALY_SHARED'] ?? path.resolve(__dirname, '../../../shared')
const FOLDER = path.join(shared, 'data', 'ceiling_fan')
const ANOMALIES = ['low_1', 'med_0', 'med_1', 'high_0', 'high_1']

/** Inputs have a standard deviation of 1; a unit that moves less than this over normal windows is as good as dead. */
const LIVES = 0.01

interface Manifest {
  readonly sets: Readonly<Record<string, { file: string; scale: number; shape: [number, number, number] }>>
}

/** Feature vectors of a recorded set, in order. */
function vectors(name: string): readonly Frame[] {
  const { sets } = JSON.parse(readFileSync(path.join(FOLDER, 'manifest.json'), 'utf8')) as Manifest
  const { file, scale, shape } = sets[name]!
  const [windows, steps, columns] = shape
  const bytes = readFileSync(path.join(FOLDER, file))
  const features = new FeatureStage(readFeatureSettings({}))
  return Array.from({ length: windows }, (_, row) => {
    const data = Float32Array.from(
      { length: steps * columns },
      (_, i) => bytes.readInt16LE(2 * (row * steps * columns + i)) * scale,
    )
    return features.push({ channels: ['ax', 'ay', 'az'], rate: 200, start: 1000 * row, data })
  })
    .flat()
    .filter((each): each is Frame => 'data' in each)
}

/** Area under the ROC curve: the chance that a faulty window scores higher than a normal one. */
function rocAuc(normal: readonly number[], faulty: readonly number[]): number {
  let sum = 0
  for (const high of faulty) for (const low of normal) sum += high > low ? 1 : high === low ? 0.5 : 0
  return sum / (normal.length * faulty.length)
}

describe(
  'the learned autoencoder on a ceiling fan' +
    (existsSync(FOLDER) ? '' : ' (skipped: the recordings are not here)'),
  function () {
    this.timeout(120_000)

    before(function () {
      if (!existsSync(FOLDER)) this.skip()
      buildKernels()
    })

    for (const task of ['still', 'moving']) {
      describe(task, () => {
        let block: readonly Frame[] = []
        let normal: readonly Frame[] = []
        let faulty: readonly Frame[] = []

        before(async () => {
          const scaler = makeScaler({ method: 'standard' })
          const train = vectors(`${task}_train`)
          const scale = scaler.load((await scaler.fit(train)).body)
          block = await scale.apply(train)
          normal = await scale.apply(vectors(`${task}_test`))
          faulty = await scale.apply(ANOMALIES.flatMap(vectors))
        })

        it('is within .02 ROC-AUC of the Ledoit-Wolf Mahalanobis distance in the worst of 5 seeds', async () => {
          const auc = async (detector: Detector): Promise<number> => {
            const part = await detector.fit(block)
            const model = detector.load(part.body, part.blobs)
            const low = await model.apply(normal)
            const high = await model.apply(faulty)
            return rocAuc(
              low.map(({ score }) => score),
              high.map(({ score }) => score),
            )
          }
          const reference = await auc(makeMahalanobis({ covariance: 'ledoit-wolf' }))
          for (let seed = 1; seed <= 5; seed++) {
            const reached = await auc(makeAutoencoder(readAutoencoderSettings({ seed })))
            assert.ok(reached >= reference - 0.02, `seed ${seed}: ${reached}, Mahalanobis ${reference}`)
          }
        })

        it('has no dead unit and no constant output in any of 5 seeds', async () => {
          for (let seed = 1; seed <= 5; seed++) {
            const { body, blobs } = await makeAutoencoder(readAutoencoderSettings({ seed })).fit(block)
            const spreads = unitSpreads(
              readModel(body, blobs),
              normal.map(({ data }) => data),
            )
            const least = spreads.map((layer) => Math.min(...layer))
            assert.ok(
              least.length > 1 && least.every((each) => each > LIVES),
              `seed ${seed}: ${least.join(', ')}`,
            )
          }
        })
      })
    }
  },
)
