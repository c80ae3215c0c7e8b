import assert from 'node:assert/strict'
import {
  COIN_FACTOR,
  FAN_DEFAULTS,
  FAN_RATE,
  FAN_SPEEDS,
  FAN_STEP,
  FanRig,
  readFanSettings,
  type FanSettings,
  type FanSpeed,
} from '../../../src/core/simulate/fan-rig'

/** Amplitude of the line at `hertz` in one axis over whole turns: the single Fourier term. */
function amplitude(data: Float32Array, axis: number, hertz: number): number {
  const rows = data.length / 3
  let re = 0
  let im = 0
  for (let row = 0; row < rows; row++) {
    const angle = (2 * Math.PI * hertz * row) / FAN_RATE
    re += data[row * 3 + axis]! * Math.cos(angle)
    im += data[row * 3 + axis]! * Math.sin(angle)
  }
  return (2 * Math.hypot(re, im)) / rows
}

function record(settings: Partial<FanSettings>, seconds = 2): Float32Array {
  const data = new FanRig({ ...FAN_DEFAULTS, ...settings }).next(seconds * FAN_RATE)
  assert.ok(data)
  return data
}

/** Root of the mean over records of one second of the squared deviation, in mg. */
function rms(data: Float32Array, axis: number): number {
  let sum = 0
  for (let start = 0; start < data.length; start += FAN_RATE * 3) {
    const values = Array.from({ length: FAN_RATE }, (_, row) => data[start + row * 3 + axis]!)
    const mean = values.reduce((a, b) => a + b) / FAN_RATE
    sum += values.reduce((a, b) => a + (b - mean) ** 2, 0) / FAN_RATE
  }
  return 1000 * Math.sqrt(sum / (data.length / 3 / FAN_RATE))
}

/** RMS of ax, ay, az in mg in recordings of a real ceiling fan at each speed. */
const RECORDED: Readonly<Record<FanSpeed, readonly number[]>> = {
  off: [1.38, 1.56, 3.61],
  low: [9.0, 7.09, 5.07],
  medium: [20.28, 15.79, 8.85],
  high: [39.86, 32.66, 16.4],
}

describe('the simulated ceiling fan', () => {
  for (const speed of ['off', 'low', 'medium', 'high'] as const) {
    it(`vibrates like the recorded fan at ${speed}: each axis within 35 %`, () => {
      const data = record({ speed }, 60)
      for (let axis = 0; axis < 3; axis++) {
        const ratio = rms(data, axis) / RECORDED[speed][axis]!
        assert.ok(ratio > 0.65 && ratio < 1.35, `axis ${axis}: ${ratio.toFixed(2)} of the recorded RMS`)
      }
    })
  }

  for (const speed of ['low', 'medium', 'high'] as const) {
    it(`has a line at the rotor's speed at ${speed}, which the coin raises by the factor of its unbalance`, () => {
      const hertz = FAN_SPEEDS[speed]
      const seconds = 8 // whole turns at each speed, and longer than the wander of the load is slow
      const balanced = amplitude(record({ speed }, seconds), 0, hertz)
      const coin = amplitude(record({ speed, coin: true }, seconds), 0, hertz)
      const off = amplitude(record({ speed: 'off' }, seconds), 0, hertz)
      const expected = 0.35e-3 * hertz ** 2
      assert.ok(Math.abs(balanced / expected - 1) < 0.25, `${balanced} g, ${expected} g expected`)
      assert.ok(off < balanced / 5, `${off} g with the rotor at rest`)
      assert.ok(
        Math.abs(coin / balanced / COIN_FACTOR - 1) < 0.2,
        `the coin raised it ${coin / balanced} times`,
      )
    })
  }

  it('raises nothing but the line at the rotor speed with the coin', () => {
    const balanced = record({}, 8)
    const coin = record({ coin: true }, 8)
    for (const hertz of [10, 66.25, 80]) {
      const ratio = amplitude(coin, 0, hertz) / amplitude(balanced, 0, hertz)
      assert.ok(Math.abs(ratio - 1) < 0.05, `${hertz} Hz: ${ratio}`)
    }
  })

  it('grows the force of the coin with the square of the speed', () => {
    const low = amplitude(record({ coin: true, speed: 'low' }, 8), 0, FAN_SPEEDS.low)
    const high = amplitude(record({ coin: true, speed: 'high' }, 8), 0, FAN_SPEEDS.high)
    assert.ok(Math.abs(high / low / (5 / 2) ** 2 - 1) < 0.1, String(high / low))
  })

  it('gives the same bytes for the same seed, however the samples are cut, and others for another', () => {
    const whole = record({ seed: 7 }, 1)
    const rig = new FanRig({ ...FAN_DEFAULTS, seed: 7 })
    const pieces = Array.from({ length: 10 }, () => [...rig.next(20)!]).flat()
    assert.deepEqual(pieces, [...whole])
    assert.notDeepEqual([...record({ seed: 8 }, 1)], [...whole])
  })

  it('gives whole steps of the sensor, within its range, and gravity along z', () => {
    const data = record({ speed: 'high', coin: true }, 4)
    let sum = 0
    for (const [i, value] of data.entries()) {
      assert.equal(Number.isInteger(value / FAN_STEP), true)
      if (i % 3 === 2) sum += value
    }
    assert.ok(Math.abs(sum / (data.length / 3) - 0.979) < 0.002)
  })

  it('takes its time to reach a new speed', () => {
    const rig = new FanRig({ ...FAN_DEFAULTS, speed: 'off' })
    rig.set({ ...FAN_DEFAULTS, speed: 'high' })
    const first = rms(rig.next(FAN_RATE)!, 0)
    rig.next(10 * FAN_RATE)
    const later = rms(rig.next(FAN_RATE)!, 0)
    assert.ok(first < 0.7 * later && later > 30, `${first} mg, then ${later} mg`)
  })

  it('shows each fault of a sensor', () => {
    const rig = new FanRig()
    const before = rig.next(1)!
    rig.set({ ...FAN_DEFAULTS, fault: 'stuck' })
    const stuck = rig.next(200)!
    assert.deepEqual(new Set(stuck.filter((_, i) => i % 3 === 2)), new Set([before[2]]))
    assert.ok(new Set(stuck.filter((_, i) => i % 3 === 0)).size > 5)

    rig.set({ ...FAN_DEFAULTS, fault: 'dropout' })
    assert.equal(rig.next(200), undefined)

    rig.set({ ...FAN_DEFAULTS, fault: 'saturated' })
    const ax = rig.next(200)!.filter((_, i) => i % 3 === 0)
    assert.equal(Math.max(...ax), 8191 * FAN_STEP)
    assert.equal(Math.min(...ax), -4)
    assert.ok(ax.filter((value) => Math.abs(value) >= 8191 * FAN_STEP).length > 50)
  })

  it('reads settings, keeps what is left out and names what is wrong', () => {
    assert.deepEqual(readFanSettings({ coin: true }, FAN_DEFAULTS), { ...FAN_DEFAULTS, coin: true })
    assert.deepEqual(
      readFanSettings({ speed: 'high', fault: 'stuck', seed: 3, coin: 'false' }, FAN_DEFAULTS),
      {
        speed: 'high',
        fault: 'stuck',
        seed: 3,
        coin: false,
      },
    )
    for (const field of ['speed', 'fault', 'seed', 'coin']) {
      assert.throws(() => readFanSettings({ [field]: 'warp' }, FAN_DEFAULTS), new RegExp(field))
    }
  })
})
