import assert from 'node:assert/strict'
import { makeRobustZ } from '../../../src/core/detectors/robust-z'
import { toSensad, type LearnedChain } from '../../../src/model/export/to-sensad'
import { refused } from '../import/fixture'

const INPUT = ['source temp,pressure']
const ROWS = Array.from({ length: 21 }, (_, i) => Float32Array.of(i, 100 - 2 * i))
const CALIBRATION = { method: 'conformal', threshold: 2.5, n: 99 }

async function learned(more: Partial<LearnedChain> = {}): Promise<LearnedChain> {
  const detector = makeRobustZ({ aggregate: 'max' })
  const frames = ROWS.map((data, i) => ({ channels: ['temp', 'pressure'], start: i, data, contract: INPUT }))
  const fitted = await detector.fit(frames)
  return {
    input: INPUT,
    parts: [{ kind: detector.line, role: 'detector', input: INPUT, ...fitted }],
    calibration: CALIBRATION,
    ...more,
  }
}

describe('a robust z for sensad', () => {
  it('has median, MAD and a threshold that flags the same rows', async () => {
    const { baseline, meta } = toSensad(await learned(), 'pump')
    const { med, mad, threshold } = JSON.parse(baseline) as Record<string, Record<string, number> | number>
    assert.deepEqual(med, { temp: 10, pressure: 80 })
    const { temp, pressure } = mad as Record<string, number>
    assert.ok(Math.abs(temp! - 5) < 1e-9 && Math.abs(pressure! - 10) < 1e-9)
    assert.ok((threshold as number) > 2.5 && (threshold as number) < 2.5 + 1e-12)
    assert.equal((JSON.parse(meta) as { n_rows: number }).n_rows, 21)
  })

  it('is written with a vote of 1 of 1, and refused with any other: its threshold is not one of single rows', async () => {
    const vote = (k: number, n: number): Partial<LearnedChain> => ({
      calibration: { ...CALIBRATION, vote: { k, n } } as LearnedChain['calibration'],
    })
    const single = await learned(vote(1, 1))
    assert.equal(toSensad(single, 'pump').baseline, toSensad(await learned(), 'pump').baseline)
    for (const [k, n] of [
      [2, 3],
      [1, 3],
    ] as const) {
      const voted = await learned(vote(k, n))
      refused(() => toSensad(voted, 'pump'), 'model.sensadVote', `pump judges by ${k} of ${n} windows`)
    }
  })

  it('is refused where there is another detector, a window or no threshold', async () => {
    const windows = await learned({ input: [...INPUT, 'window 10'] })
    refused(() => toSensad(windows, 'pump'), 'model.sensadRows', 'window 10')
    const uncalibrated = await learned({ calibration: undefined })
    refused(() => toSensad(uncalibrated, 'pump'), 'model.sensadThreshold', 'pump')
    const { parts } = await learned()
    const other = await learned({
      parts: parts.map((part) => ({ ...part, kind: 'mahalanobis ledoit-wolf' })),
    })
    refused(() => toSensad(other, 'pump'), 'model.sensadKind', 'mahalanobis')
  })
})
