import assert from 'node:assert/strict'
import { InputError } from '../../../src/core/errors'
import { pi } from '../../../src/core/simulate/pi'
import type { Simulator } from '../../../src/core/simulate/simulator'

const [CPU, FREQUENCY, TEMPERATURE, MEMORY, LOAD] = [0, 1, 2, 3, 4] as const

function seconds(machine: Simulator, count: number): readonly (readonly number[])[] {
  const data = machine.next(count)!
  const width = machine.channels.length
  return Array.from({ length: count }, (_, row) => [...data.subarray(row * width, (row + 1) * width)])
}

function mean(rows: readonly (readonly number[])[], column: number): number {
  return rows.reduce((sum, row) => sum + row[column]!, 0) / rows.length
}

describe('the simulated Raspberry Pi', () => {
  let machine: Simulator
  beforeEach(() => (machine = pi.make({ seed: 1 })))

  it('is 46 °C warm at rest, with little work and memory that hardly changes', () => {
    const rows = seconds(machine, 1000)
    assert.ok(Math.abs(mean(rows, TEMPERATURE) - 46) < 1)
    assert.ok(mean(rows, CPU) > 3 && mean(rows, CPU) < 8)
    assert.ok(rows.every((row) => row[MEMORY]! > 22 && row[MEMORY]! < 26))
    assert.ok(rows.every((row) => row[FREQUENCY]! >= 600 && row[FREQUENCY]! <= 1500))
    // The chip tells its temperature in steps.
    assert.ok(rows.every((row) => Math.abs(row[TEMPERATURE]! / 0.487 - Math.round(row[TEMPERATURE]! / 0.487)) < 1e-3)) // prettier-ignore
  })

  it('burns: work at once, temperature by the heat of chip and sink, and the limit at 80 °C', () => {
    seconds(machine, 300)
    machine.order({ burn: true })
    assert.equal(machine.label, 'burn')
    const rows = seconds(machine, 600)
    assert.ok(rows[0]![CPU]! > 97)
    assert.equal(rows[0]![FREQUENCY], 1500)
    const warm = (from: number): number => mean(rows.slice(from, from + 5), TEMPERATURE)
    // 4 W more: 12 K over the chip within seconds, 28 K over the sink with 90 s to 63 % of it.
    assert.ok(Math.abs(warm(10) - (46 + 12 + 28 * (1 - Math.exp(-12 / 90)))) < 2.5, String(warm(10)))
    assert.ok(Math.abs(warm(88) - (46 + 12 + 28 * (1 - Math.exp(-90 / 90)))) < 2.5, String(warm(88)))
    assert.ok(warm(500) > 78 && warm(500) < 82)
    assert.ok(rows.slice(400).some((row) => row[FREQUENCY] === 1000))
    assert.ok(Math.abs(rows[599]![LOAD]! - 4) < 0.2)
    machine.order({ burn: false })
    assert.equal(machine.label, 'normal')
    const after = seconds(machine, 600)
    assert.ok(mean(after.slice(5, 10), TEMPERATURE) > 65, 'the sink is still warm')
    assert.ok(Math.abs(mean(after.slice(500), TEMPERATURE) - 46) < 1)
  })

  it('leaks 0.2 % of its memory a second, and gives it back', () => {
    machine.order({ leak: true })
    const rows = seconds(machine, 100)
    assert.ok(Math.abs(rows[99]![MEMORY]! - rows[0]![MEMORY]! - 19.8) < 1.5)
    machine.order({ leak: false })
    assert.ok(Math.abs(seconds(machine, 1)[0]![MEMORY]! - 24) < 1.5)
    assert.ok(seconds(pi.make({ leak: true }), 2000).every((row) => row[MEMORY]! <= 100))
  })

  it('grows warm without air', () => {
    machine.order({ blocked: true })
    // 0.8 · 7 K/W on 2.1 W.
    assert.ok(Math.abs(mean(seconds(machine, 700).slice(500), TEMPERATURE) - 46 - 11.8) < 1.5)
  })

  it('is the same for the same seed', () => {
    assert.deepEqual(seconds(machine, 50), seconds(pi.make({ seed: 1 }), 50))
    assert.notDeepEqual(seconds(pi.make({ seed: 2 }), 50), seconds(pi.make({ seed: 1 }), 50))
  })

  it('refuses orders that it does not know', () => {
    assert.throws(() => machine.order({ burn: 'much' }), InputError)
    assert.throws(() => machine.order({}), /knows \(burn, leak, blocked\)/)
  })
})
