import assert from 'node:assert/strict'
import { format } from '../../src/core/messages'
import { explain } from '../../src/core/thresholds/explain'
import { readCalibrationSettings } from '../../src/core/thresholds/settings'
import { average, calibrate, calibrator, spread } from './thresholds/calibrating'
import { scored, uniforms } from './thresholds/simulated-scores'

describe('Calibrator: budgets', () => {
  it('works out alpha from the hop of the windows: one an hour at 0.5 s is one in 7,200', () => {
    const target = calibrator({ goal: 'budget', budget: 1, per: 'hour' })
    calibrate(target, uniforms(41))
    assert.equal(target.calibration!.alpha, 0.5 / 3600)
  })

  it('labels a budget that the windows do not support, goes on, and makes it a promise', () => {
    // 20 an hour at 0.5 s: alpha 1/360, so 359 windows are needed.
    const target = calibrator({ goal: 'budget', budget: 20, per: 'hour' })
    const next = uniforms(42)
    let i = calibrate(target, next)
    assert.deepEqual(target.status, { state: 'extrapolated', have: 99, need: 359, secondsLeft: 260 })
    assert.equal(target.calibration!.promise.guaranteed, null)
    assert.ok(target.calibration!.threshold >= target.calibration!.toJSON().scores.tail.at(-1)!)
    const settings = readCalibrationSettings({ goal: 'budget', budget: 20, per: 'hour' }, 99)
    const [words] = explain(settings, target.calibration!)
    assert.equal(
      format(words!.key, words!.params),
      'extrapolated: 99 windows promise no less than one false alarm per 50 s; one per 3 min takes 260 more windows, about 4.3 min. ' +
        'Until then the threshold is an estimate, and calibration goes on',
    )
    let reached: number | undefined
    for (let j = 0; j < 540 && reached === undefined; j++)
      if (target.push(scored(i++, next())).fitted !== undefined) reached = j
    assert.ok(reached !== undefined && reached >= 518 && reached < 526, `after ${reached} windows`)
    const { promise, n } = target.calibration!
    assert.equal(promise.extrapolated, false)
    assert.ok(promise.guaranteed! <= 1 / 360 + 1e-12 && n === 359)
    const [kept] = explain(settings, target.calibration!)
    assert.match(
      format(kept!.key, kept!.params),
      /^359 windows calibrated: at most about one false alarm per 3 min, as asked/,
    )
    for (let j = 0; j < 50; j++) target.push(scored(i++, next()))
    assert.equal(target.calibration!.n, n, 'then it stands')
  })

  it('keeps the budget: the mean rate is at most what was asked, and the estimate before is of its order', () => {
    const alpha = 1 / 360
    const found = { early: [] as number[], promised: [] as number[] }
    for (let run = 0; run < 150; run++) {
      const next = uniforms(4300 + run)
      const draw = (): number => -Math.log(next())
      const target = calibrator({ goal: 'budget', budget: 20, per: 'hour' })
      let i = calibrate(target, draw)
      found.early.push(Math.exp(-target.calibration!.threshold))
      while (target.status.state !== 'ready') target.push(scored(i++, draw()))
      found.promised.push(Math.exp(-target.calibration!.threshold))
    }
    assert.ok(
      average(found.promised) <= alpha + 3 * spread(found.promised),
      `${average(found.promised) / alpha}`,
    )
    assert.ok(average(found.promised) >= 0.6 * alpha)
    assert.ok(
      average(found.early) > 0.5 * alpha && average(found.early) < 4 * alpha,
      `${average(found.early) / alpha}`,
    )
  })

  it('does not take a long fault into a calibration that goes on', () => {
    const target = calibrator({ goal: 'budget', budget: 20, per: 'hour' })
    const next = uniforms(44)
    let i = calibrate(target, next)
    for (let j = 0; j < 100; j++) target.push(scored(i++, 40))
    for (let j = 0; j < 20; j++) target.push(scored(i++, next()))
    assert.ok(target.calibration!.threshold < 10, `${target.calibration!.threshold}`)
  })

  it('a PAC budget needs ln(delta)/ln(1 - alpha) windows', () => {
    const target = calibrator({ method: 'pac', goal: 'budget', budget: 20, per: 'hour' })
    calibrate(target, uniforms(45))
    assert.equal(target.status.need, Math.ceil(Math.log(0.1) / Math.log(1 - 1 / 360)))
  })

  it('refuses a budget per time where windows have no times', () => {
    const target = calibrator({ goal: 'budget', budget: 1, per: 'day' }, 9)
    let problem: unknown
    for (let i = 0; i < 9; i++)
      problem = target.push({ ...scored(0, i), window: { start: 0, end: 0 } }).problem ?? problem
    assert.match(String(problem), /budget is stated per time, but the windows carry no times/)
  })
})
