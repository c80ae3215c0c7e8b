import assert from 'node:assert/strict'
import { type Calibrator } from '../../src/core/calibrator'
import { ConfigError } from '../../src/core/errors'
import { readCalibrationSettings } from '../../src/core/thresholds/settings'
import { calibrate, calibrator } from './thresholds/calibrating'
import { CONTRACT, normals, scored, uniforms } from './thresholds/simulated-scores'

describe('Calibrator: settings', () => {
  const refused = (config: Record<string, unknown>, pattern: RegExp): void =>
    assert.throws(
      () => readCalibrationSettings(config, 99),
      (error) => {
        assert.ok(error instanceof ConfigError, String(error))
        assert.match(error.message, pattern)
        return true
      },
    )

  it('refuses an alpha that the windows cannot support, with the number it takes', () => {
    refused(
      { alpha: 0.1 },
      /^rows: a false-alarm rate of 0.1 % needs at least 999 calibration windows, but there are 99/,
    )
    refused({ alpha: 1, rows: 98 }, /needs at least 99/)
    refused({ method: 'pac', alpha: 1 }, /being 90 % sure of a false-alarm rate of 1 % needs at least 230/)
    refused({ method: 'pot', alpha: 1, rows: 20 }, /at least 50/)
    assert.equal(readCalibrationSettings({ alpha: 0.1, rows: 999 }, 99).size, 999)
    assert.equal(readCalibrationSettings({ alpha: 0.1, method: 'pot' }, 99).method, 'pot')
    assert.equal(readCalibrationSettings({ goal: 'budget', budget: '1', per: 'year' }, 99).size, 99)
  })

  it('works untouched: conformal, 1 %, 99 windows, no vote', () => {
    const { method, goal, size, vote, sliding, whenEmpty } = readCalibrationSettings({}, 99)
    assert.deepEqual(
      { method, goal, size, vote, sliding, whenEmpty },
      {
        method: 'conformal',
        goal: { alpha: 0.01 },
        size: 99,
        vote: { k: 1, n: 1 },
        sliding: false,
        whenEmpty: true,
      },
    )
  })

  it('names the field of nonsense', () => {
    refused({ method: 'magic' }, /^method must be one of conformal, pac, mean-sd, quantile, pot, fixed/)
    refused({ alpha: 'x' }, /^alpha must be a number/)
    refused({ alpha: 80 }, /^alpha must be from/)
    refused({ voteK: 4, voteN: 3 }, /^voteK must be from 1 to 3/)
    refused({ method: 'fixed' }, /^value is empty/)
    refused({ goal: 'budget', per: 'eon' }, /^per must be one of hour, day, week, month, year/)
    refused({ alpha: 1, warning: 1 }, /^warning must be more than 1/)
    refused({ method: 'mean-sd', sdFactor: 3, warning: 4 }, /^warning must be less than 3/)
    refused({ sliding: true, rows: 10_001 }, /^rows must be from 2 to 10000/)
  })

  it('warns between the second level and the first, in the unit of the first', () => {
    const cases: [Record<string, unknown>, number, string][] = [
      [{ alpha: 10, warning: 30 }, 0.5, 'NORMAL'],
      [{ method: 'mean-sd', sdFactor: 3, warning: 1 }, 0.75, 'WARNING'],
      [{ method: 'fixed', value: 5, warning: 2 }, 3, 'WARNING'],
      [{ goal: 'budget', budget: 720, per: 'hour', warning: 3000 }, 0.5, 'NORMAL'],
    ]
    for (const [config, score, reason] of cases) {
      const target = calibrator(config, 9)
      let step = 0
      const i = calibrate(target, () => (++step % 4 < 2 ? 0.4 : 0.6))
      const fitted = target.calibration!
      assert.ok(fitted.warningThreshold! <= fitted.threshold)
      assert.equal(target.push(scored(i, score)).verdict.reason, reason, JSON.stringify(config))
    }
    const target = calibrator({ alpha: 10, warning: 30 }, 9)
    let step = 0
    let i = calibrate(target, () => Math.ceil(++step / 2))
    assert.deepEqual(
      [6, 7, 8, 9, 10].map((score) => target.push(scored(i++, score)).verdict.reason),
      ['NORMAL', 'NORMAL', 'WARNING', 'WARNING', 'ANOMALY'],
    )
  })

  it('judges by a fixed value from the first window on, and adds the p-value once it can', () => {
    const target = calibrator({ method: 'fixed', value: 5 }, 9)
    const first = target.push(scored(0, 6)).verdict
    assert.deepEqual(
      [first.isAnomaly, first.reason, first.threshold, first.pValue],
      [true, 'ANOMALY', 5, null],
    )
    const i = calibrate(target, () => 1, 1)
    assert.equal(target.push(scored(i, 7)).verdict.pValue, 0.1)
    const other = target.push(scored(i + 1, 7, { contract: ['channels b'] })).verdict
    assert.deepEqual([other.isAnomaly, other.pValue], [true, null])
  })
})

describe('Calibrator: restart', () => {
  for (const [name, config] of [
    ['a finished calibration with a vote', { alpha: 5, voteK: 2, voteN: 3 }],
    ['a sliding one', { alpha: 5, sliding: true, voteK: 2, voteN: 3 }],
    ['one that still extrapolates', { goal: 'budget', budget: 4, per: 'hour', warning: 60 }],
    ['a sliding one that still extrapolates', { goal: 'budget', budget: 10, per: 'hour', sliding: true }],
  ] as const) {
    it(`goes on to the bit: ${name}`, () => {
      const next = normals(51)
      const draw = (): number => Math.abs(next()) ** 1.3
      const straight = calibrator(config, 19)
      let saved: { contract: readonly string[]; calibration: unknown } | undefined
      const keep = (made: ReturnType<Calibrator['push']>): void => {
        if (made.fitted !== undefined) saved = JSON.parse(JSON.stringify(made.fitted)) as typeof saved
      }
      let i = 0
      for (; i < 400; i++) keep(straight.push(scored(i, draw())))
      let restarted = calibrator(config, 19)
      for (let restart = 0; restart < 40; restart++) {
        const again = calibrator(config, 19)
        again.load(saved!.contract, saved!.calibration)
        again.restore(JSON.parse(JSON.stringify(restart === 0 ? straight.snapshot() : restarted.snapshot())))
        restarted = again
        for (let j = 0; j < 7; j++, i++) {
          const verdict = scored(i, draw() * (restart % 10 === 9 ? 3 : 1))
          const expected = straight.push(verdict)
          keep(expected)
          assert.deepEqual(
            restarted.push({ ...verdict, contract: [...verdict.contract] }).verdict,
            expected.verdict,
          )
        }
        assert.deepEqual(restarted.snapshot(), straight.snapshot())
      }
      assert.deepEqual(restarted.calibration!.toJSON(), straight.calibration!.toJSON())
    })
  }

  it('works out another alpha from the stored scores, without calibrating anew', () => {
    const target = calibrator({ alpha: 1 })
    calibrate(target, uniforms(52))
    const stored: unknown = JSON.parse(JSON.stringify(target.calibration))
    const looser = calibrator({ alpha: 10 })
    looser.load(CONTRACT, stored)
    const tail = target.calibration!.toJSON().scores.tail
    assert.equal(looser.calibration!.threshold, tail[89])
    assert.equal(looser.push(scored(0, tail[89]! + 1e-9)).verdict.pValue, 0.1)
  })

  it('refuses a calibration of another vote, of too few windows, or of something else', () => {
    const target = calibrator({ alpha: 10 }, 9)
    calibrate(target, uniforms(53))
    const stored: unknown = JSON.parse(JSON.stringify(target.calibration))
    assert.throws(
      () => calibrator({ voteK: 2, voteN: 3 }).load(CONTRACT, stored),
      /vote is now 2 of 3, but the calibration was made for 1 of 1/,
    )
    assert.throws(() => calibrator({ alpha: 1 }).load(CONTRACT, stored), /needs at least 99/)
    for (const bad of [
      undefined,
      null,
      3,
      'x',
      {},
      { schema: 1 },
      { ...(stored as object), scores: { tail: [3, 1] } },
      { ...(stored as object), hop: -1 },
    ]) {
      assert.throws(() => calibrator({ alpha: 10 }, 9).load(CONTRACT, bad), /calibration/)
    }
    for (const bad of [{}, { vote: 3 }, { moving: [{ contract: 4 }] }])
      assert.throws(() => calibrator().restore(bad), /not what this node saved/)
  })

  it('forgets on command, and reset keeps what was learned', () => {
    const target = calibrator({ alpha: 10 }, 9)
    const used = calibrate(target, uniforms(54))
    target.reset()
    assert.equal(target.push(scored(used, 9)).verdict.isAnomaly, true)
    target.forget()
    assert.equal(target.push(scored(used + 1, 9)).verdict.reason, 'LEARNING')
  })
})
