import assert from 'node:assert/strict'
import { ConfigError, InputError } from '../../../src/core/errors'
import { SENSORS, sensors } from '../../../src/core/simulate/sensors'
import type { Simulator } from '../../../src/core/simulate/simulator'

const WIDTH = SENSORS.length
const [TEMP, PRESSURE, VIBRATION] = [0, 1, 2] as const

function column(data: Float32Array | undefined, index: number): readonly number[] {
  assert.ok(data)
  return Array.from({ length: data.length / WIDTH }, (_, row) => data[row * WIDTH + index]!)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function deviation(values: readonly number[]): number {
  const centre = mean(values)
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)))
}

/** What swing and noise together make: √(swing² / 2 + noise²). */
function expectedDeviation(index: number): number {
  const { swing, noise } = SENSORS[index]!
  return Math.sqrt(swing ** 2 / 2 + noise ** 2)
}

describe('simulated sensors', () => {
  let machine: Simulator
  beforeEach(() => (machine = sensors.make({ seed: 3 })))

  it('have level, swing and noise as set, once a second', () => {
    const data = machine.next(6000)
    assert.equal(machine.rate, 1)
    assert.deepEqual(machine.channels, ['temp', 'pressure', 'vibration'])
    for (const index of [TEMP, PRESSURE, VIBRATION]) {
      const values = column(data, index)
      const { level } = SENSORS[index]!
      const spread = expectedDeviation(index)
      assert.ok(Math.abs(mean(values) - level) < 0.02 * spread + 1e-3, `${index}: mean ${mean(values)}`)
      assert.ok(Math.abs(deviation(values) / spread - 1) < 0.03, `${index}: deviation ${deviation(values)}`)
    }
  })

  it('are the same for the same seed, others for another, and whatever the batch', () => {
    const once = machine.next(100)!
    const again = sensors.make({ seed: 3 })
    const pieces = Array.from({ length: 100 }, () => [...again.next(1)!]).flat()
    assert.deepEqual(pieces, [...once])
    assert.notDeepEqual([...sensors.make({ seed: 4 }).next(100)!], [...once])
  })

  it('spike for three samples of one sensor, by 6 to 12 °C, and are labelled then', () => {
    machine.next(100)
    const usual = column(sensors.make({ seed: 3 }).next(110), PRESSURE).slice(100)
    machine.order({ fault: 'spike', channel: 'temp' })
    assert.equal(machine.label, 'spike')
    const labels: string[] = []
    const rows = Array.from({ length: 10 }, () => {
      const row = machine.next(1)!
      labels.push(machine.label)
      return row
    })
    assert.deepEqual(labels, [...Array<string>(3).fill('spike'), ...Array<string>(7).fill('normal')])
    // At 100 s the swing alone puts temp at 51.7 °C.
    const temps = rows.map((row) => row[TEMP]!)
    for (const temp of temps.slice(0, 3)) assert.ok(temp > 51.7 + 5 && temp < 51.7 + 13, String(temp))
    for (const temp of temps.slice(3)) assert.ok(Math.abs(temp - 51.7) < 1.5, String(temp))
    assert.equal(usual.length, 10)
    for (const [i, row] of rows.entries()) assert.ok(Math.abs(row[PRESSURE]! - 5 - 0.17) < 0.25, String(i))
  })

  it('label a batch in which a fault ended as faulty', () => {
    machine.order({ fault: 'spike', channel: 'temp' })
    machine.next(60)
    assert.equal(machine.label, 'spike')
    machine.next(60)
    assert.equal(machine.label, 'normal')
  })

  it('drift, stick and grow noisy until told to stop', () => {
    machine.order({ fault: 'drift', channel: 'pressure' })
    const drifting = column(machine.next(400), PRESSURE)
    // swing + 4 noise = 0.4 bar in 40 s: 4 bar in 400 s.
    assert.ok(Math.abs(drifting[399]! - 9) < 0.5, String(drifting[399]))
    machine.order({ fault: 'stuck', channel: 'pressure' })
    const stuck = column(machine.next(50), PRESSURE)
    assert.equal(new Set(stuck).size, 1)
    assert.equal(stuck[0], drifting[399])
    machine.order({ fault: 'noise', channel: 'vibration' })
    const step = (values: readonly number[]): number => deviation(values.slice(1).map((value, i) => value - values[i]!)) / Math.SQRT2 // prettier-ignore
    assert.ok(Math.abs(step(column(machine.next(2000), VIBRATION)) / 0.18 - 1) < 0.1)
    machine.order({ fault: 'none' })
    assert.equal(machine.label, 'normal')
    assert.ok(Math.abs(step(column(machine.next(2000), VIBRATION)) / 0.03 - 1) < 0.1)
  })

  it('have no value while dropped out, for as long as told; the others go on', () => {
    machine.order({ fault: 'dropout', channel: 'pressure', seconds: 20 })
    const seen = Array.from({ length: 30 }, () => [...machine.next(1)!].map((value) => !Number.isNaN(value)))
    assert.deepEqual(seen.slice(0, 20), Array(20).fill([true, false, true]))
    assert.deepEqual(seen.slice(20), Array(10).fill([true, true, true]))
  })

  it('can be any number of others', () => {
    const one = sensors.make({ rate: '10', channels: [{ name: 'current', unit: 'A', level: '3', swing: '', period: '', noise: '' }] }) // prettier-ignore
    assert.deepEqual([one.rate, one.channels, one.units], [10, ['current'], ['A']])
    assert.deepEqual([...one.next(3)!], [3, 3, 3])
  })

  it('refuse settings and orders that make no sense, by name', () => {
    const row = { name: 'a', level: 1 }
    assert.throws(() => sensors.make({ channels: [row, row] }), /channels names the sensor a twice/)
    assert.throws(
      () => sensors.make({ channels: [{ ...row, noise: -1 }] }),
      /channels 1, noise must be from 0/,
    )
    assert.throws(() => sensors.make({ rate: 0 }), ConfigError)
    const refused = (order: Record<string, unknown>, text: RegExp): void =>
      assert.throws(() => machine.order(order), (error: unknown) => error instanceof InputError && text.test(error.message)) // prettier-ignore
    refused({ fault: 'broken' }, /msg\.payload\.fault must be one of none, spike/)
    refused(
      { fault: 'spike', channel: 'x' },
      /msg\.payload\.channel must be one of temp, pressure, vibration/,
    )
    refused({ coin: true }, /msg\.payload holds no order that this machine knows \(fault\)/)
    assert.equal(machine.label, 'normal')
  })
})
