import assert from 'node:assert/strict'
import { InputError } from '../../../src/core/errors'
import { Evaluation, NORMAL_LABELS } from '../../../src/core/evaluation/evaluation'
import type { Report } from '../../../src/core/evaluation/report'
import type { Verdict } from '../../../src/core/verdict'

const SETTINGS = { normalLabels: new Set(NORMAL_LABELS), most: 1000 }

function verdict(i: number, score: number | null, more: Partial<Verdict> = {}): Verdict {
  const isAnomaly = score !== null && score > 0.5
  return {
    score,
    threshold: 0.5,
    pValue: null,
    isAnomaly,
    reason: isAnomaly ? 'ANOMALY' : 'NORMAL',
    inSample: false,
    window: { start: 1000 * i, end: 1000 * (i + 1) },
    contract: ['x'],
    detector: 'mahalanobis',
    ...more,
  }
}

function only(evaluation: Evaluation): Report {
  const reports = evaluation.reports()
  assert.equal(reports.length, 1)
  return reports[0]!
}

const near = (actual: number | null, expected: number): void =>
  assert.ok(actual !== null && Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`)

const LABELS = [0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0]
const SCORES = [0.1, 0.4, 0.35, 0.8, 0.4, 0.2, 0.9, 0.7, 0.4, 0.95, 0.05, 0.3]

describe('evaluation', () => {
  let evaluation: Evaluation
  beforeEach(() => (evaluation = new Evaluation(SETTINGS)))

  it('gives the figures that scikit-learn and scipy give', () => {
    SCORES.forEach((score, i) => evaluation.addVerdict('', verdict(i, score), String(LABELS[i])))
    const report = only(evaluation)
    assert.deepEqual([report.truePositives, report.falsePositives, report.falseNegatives, report.trueNegatives], [3, 1, 2, 6]) // prettier-ignore
    near(report.precision, 0.75)
    near(report.recall, 0.6)
    near(report.f1, 2 / 3)
    near(report.rocAuc, 0.8571428571428572)
    near(report.prAuc, 0.769047619047619)
    near(report.far, 1 / 7)
    near(report.farInterval![0], 0.0036102968619005833)
    near(report.farInterval![1], 0.5787231970431952)
    // roc_curve(y, s, drop_intermediate=False)
    const fpr = [0, 0, 1, 1, 1, 2, 3, 4, 5, 6, 7].map((count) => count / 7)
    const tpr = [0, 0.2, 0.2, 0.4, 0.6, 1, 1, 1, 1, 1, 1]
    report.curves.roc.forEach(({ x, y }, i) => {
      near(x, fpr[i]!)
      near(y, tpr[i]!)
    })
    assert.equal(report.curves.roc.length, 11)
    // precision_recall_curve(y, s), from the highest score on
    const precision = [1, 0.5, 2 / 3, 0.75, 5 / 7, 0.625, 5 / 9, 0.5, 5 / 11, 5 / 12]
    report.curves.precisionRecall.forEach(({ y }, i) => near(y, precision[i]!))
    assert.deepEqual([report.normal, report.anomalous, report.threshold], [7, 5, 0.5])
  })

  it('tells the best F1 and the threshold that gives it', () => {
    SCORES.forEach((score, i) => evaluation.addVerdict('', verdict(i, score), String(LABELS[i])))
    // scores >= 0.4: all 5, and 2 of the normal ones
    const { bestF1 } = only(evaluation)
    assert.deepEqual(bestF1, { threshold: 0.35, f1: 10 / 12, precision: 5 / 7, recall: 1 })
  })

  it('has no best F1 where no threshold parts anything', () => {
    for (let i = 0; i < 4; i++) evaluation.addVerdict('', verdict(i, 0.1), String(i % 2))
    assert.equal(only(evaluation).bestF1, null)
  })

  it('counts two events where windows between them are of unknown truth', () => {
    const labels = ['ok', 'coin', 'coin', undefined, 'coin', 'ok']
    labels.forEach((label, i) => evaluation.addVerdict('', verdict(i, i === 4 ? 1 : 0.1), label))
    const { events, unlabelled } = only(evaluation)
    assert.deepEqual([events.count, events.detected, unlabelled], [2, 1, 1])
    assert.deepEqual(events.list.map(({ start, end }) => [start, end]), [[1000, 3000], [4000, 5000]]) // prettier-ignore
  })

  it('never adjusts by neighbours: one hit in a long event is one hit', () => {
    for (let i = 0; i < 100; i++)
      evaluation.addVerdict('', verdict(i, i === 60 ? 1 : 0.1), i >= 50 ? 'coin' : 'normal')
    const report = only(evaluation)
    near(report.recall, 1 / 50)
    assert.deepEqual([report.events.count, report.events.detected], [1, 1])
    assert.equal(report.events.medianDelay, 11_000)
  })

  it('takes the truth of labelled samples, whatever order they come in and whatever labels the verdicts bring', () => {
    for (let i = 0; i < 10; i++) evaluation.addVerdict('fan', verdict(i, i === 5 ? 1 : 0.1), 'wrong')
    // Samples of 100 ms; something is wrong from 4.3 to 5.2 s, and unknown before 1 s.
    for (let at = 1000; at < 10_000; at += 100)
      evaluation.addTruth('fan', at, at + 100, at >= 4300 && at < 5200 ? 'coin' : 'normal')
    const report = only(evaluation)
    assert.deepEqual([report.normal, report.anomalous, report.unlabelled], [7, 2, 1])
    assert.deepEqual([report.truePositives, report.falseNegatives, report.falsePositives], [1, 1, 0])
    assert.deepEqual(report.events.list, [
      { stream: 'fan', start: 4300, end: 6000, detected: true, delay: 1700 },
    ])
  })

  it('takes the truth of samples that have a time but no length', () => {
    for (let i = 0; i < 10; i++) evaluation.addTruth('fan', 1000 * i, 1000 * i, i === 5 ? 'spike' : 'normal')
    for (let i = 0; i < 10; i++) evaluation.addVerdict('fan', verdict(i, 0.1))
    assert.deepEqual([only(evaluation).normal, only(evaluation).anomalous], [9, 1])
    const moments = new Evaluation(SETTINGS)
    for (let i = 0; i < 10; i++) {
      moments.addTruth('', 1000 * i, 1000 * i, i === 5 ? 'spike' : 'normal')
      moments.addVerdict('', verdict(i, i === 5 ? 1 : 0, { window: { start: 1000 * i, end: 1000 * i } }))
    }
    assert.deepEqual([only(moments).truePositives, only(moments).trueNegatives], [1, 9])
  })

  it('keeps detectors and models apart, and pools streams; events are of one stream', () => {
    const model = (name: string): Partial<Verdict> => ({ model: { name, version: 1 } })
    for (let i = 0; i < 4; i++) {
      evaluation.addVerdict('a', verdict(i, 1, model('one')), 'bad')
      evaluation.addVerdict('b', verdict(i, 0, model('one')), 'bad')
      evaluation.addVerdict('a', verdict(i, 0, model('two')), 'normal')
      evaluation.addVerdict('a', verdict(i, null, { detector: 'limits', threshold: null, isAnomaly: true, reason: 'ANOMALY' }), 'bad') // prettier-ignore
    }
    const [one, two, limits] = evaluation.reports()
    assert.deepEqual([one!.model, one!.recall, one!.events.count, one!.events.detected], ['one', 0.5, 2, 1])
    assert.deepEqual([two!.model, two!.far, two!.recall, two!.rocAuc], ['two', 0, null, null])
    assert.deepEqual([limits!.detector, limits!.recall, limits!.rocAuc], ['limits', 1, null])
  })

  it('leaves out what was learned from; counts apart what was not decided', () => {
    evaluation.addVerdict('', verdict(0, 9, { inSample: true }), 'bad')
    evaluation.addVerdict(
      '',
      verdict(1, 9, { threshold: null, reason: 'LEARNING', isAnomaly: false }),
      'normal',
    )
    evaluation.addVerdict('', verdict(2, 1), 'bad')
    evaluation.addVerdict('', verdict(3, 0), 'ok')
    evaluation.addVerdict(
      '',
      verdict(4, null, { detector: undefined, threshold: null, reason: 'STUCK' }),
      'bad',
    )
    const report = only(evaluation)
    assert.deepEqual(report.undecided, { normal: 1, anomalous: 1 })
    assert.deepEqual([report.rocAuc, report.recall, report.far], [1, 1, 0])
  })

  it('ranks the scores of a detector without a threshold', () => {
    SCORES.forEach((score, i) => evaluation.addVerdict('', verdict(i, score, { threshold: null, reason: 'LEARNING', isAnomaly: false }), String(LABELS[i]))) // prettier-ignore
    const report = only(evaluation)
    near(report.rocAuc, 0.8571428571428572)
    assert.deepEqual([report.precision, report.recall, report.f1, report.far, report.farInterval], [null, null, null, null, null]) // prettier-ignore
  })

  it('judges what was voted by its vote', () => {
    const vote = (score: number): Partial<Verdict> => ({ vote: { k: 2, n: 3, score } })
    evaluation.addVerdict('', verdict(0, 9, vote(0.1)), 'normal')
    evaluation.addVerdict('', verdict(1, 0, vote(0.6)), 'bad')
    assert.equal(only(evaluation).rocAuc, 1)
  })

  it('keeps pictures small, and memory bounded', () => {
    const large = new Evaluation({ ...SETTINGS, most: 5000 })
    for (let i = 0; i < 5000; i++)
      large.addVerdict('', verdict(i, Math.sin(i * i)), i % 3 === 0 ? 'bad' : 'normal')
    const { curves } = only(large)
    assert.ok(curves.roc.length <= 200 && curves.precisionRecall.length <= 200 && curves.scores.length === 80)
    assert.deepEqual([curves.roc.at(-1)!.x, curves.roc.at(-1)!.y], [1, 1])
    near(curves.scores.slice(0, 40).reduce((sum, { y }) => sum + y, 0), 1) // prettier-ignore
    assert.throws(() => large.addVerdict('', verdict(0, 1), 'bad'), InputError)
    large.reset()
    assert.equal(large.size, 0)
  })
})
