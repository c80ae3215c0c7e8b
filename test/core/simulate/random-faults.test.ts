import assert from 'node:assert/strict'
import { ConfigError } from '../../../src/core/errors'
import { makeSimulator, SIMULATORS } from '../../../src/core/simulate/registry'
import type { Simulator } from '../../../src/core/simulate/simulator'

function machineOf(name: string, settings: Readonly<Record<string, unknown>>): Simulator {
  return makeSimulator(
    SIMULATORS.find((one) => one.name === name)!,
    settings,
  )
}

/** Labels of the batches, and how many faults began. */
function run(
  machine: Simulator,
  batches: number,
  rows: number,
): { labels: readonly string[]; begun: number } {
  const labels: string[] = []
  let begun = 0
  for (let i = 0; i < batches; i++) {
    machine.next(rows)
    if (machine.label !== 'normal' && labels.at(-1) !== machine.label) begun++
    labels.push(machine.label)
  }
  return { labels, begun }
}

describe('random faults', () => {
  it('come as often as asked, of every kind, and are labelled', () => {
    const { labels, begun } = run(machineOf('sensors', { seed: 5, faultsPerHour: 6 }), 500_000, 1)
    const kinds = new Set(labels)
    assert.deepEqual([...kinds].sort(), ['drift', 'dropout', 'noise', 'normal', 'spike', 'stuck'])
    // 139 h less the time of the faults themselves: 771 ± 28 expected by Poisson's law.
    const normalHours = labels.filter((label) => label === 'normal').length / 3600
    assert.ok(
      Math.abs(begun - 6 * normalHours) < 4 * Math.sqrt(6 * normalHours),
      `${begun} in ${normalHours} h`,
    )
  })

  it('are the same for the same seed, and leave the machine as it is between them', () => {
    const settings = { seed: 5, faultsPerHour: 60 }
    assert.deepEqual(
      run(machineOf('pi', settings), 3000, 1).labels,
      run(machineOf('pi', settings), 3000, 1).labels,
    )
    const faulty = machineOf('sensors', { seed: 9, faultsPerHour: 20 })
    const sound = machineOf('sensors', { seed: 9 })
    const first = [faulty.next(1), sound.next(1)].map((data) => [...data!])
    assert.deepEqual(first[0], first[1])
  })

  it('are the same whatever the batch', () => {
    for (const name of ['sensors', 'pi', 'fan']) {
      const settings = { seed: 7, faultsPerHour: 600 }
      const [one, other] = [machineOf(name, settings), machineOf(name, settings)]
      const width = one.channels.length
      const rows = name === 'fan' ? 12_000 : 3000
      const single = Array.from({ length: rows }, () => [
        ...(one.next(1) ?? new Float32Array(width).fill(NaN)),
      ]).flat()
      const batches = Array.from({ length: rows / 60 }, () => [...(other.next(60) ?? new Float32Array(60 * width).fill(NaN))]).flat() // prettier-ignore
      assert.deepEqual(batches, single, name)
    }
  })

  it('label a batch in which one began or ended', () => {
    const labels = (rows: number): readonly boolean[] => {
      const machine = machineOf('pi', { seed: 7, faultsPerHour: 60 })
      return run(machine, 3000 / rows, rows).labels.map((label) => label !== 'normal')
    }
    const single = labels(1)
    assert.ok(single.includes(true))
    labels(60).forEach((isFaulty, i) => assert.equal(isFaulty, single.slice(60 * i, 60 * i + 60).includes(true), String(i))) // prettier-ignore
  })

  it('of a fan are a coin, and a sensor that fails', () => {
    const { labels } = run(machineOf('fan', { seed: 2, faultsPerHour: 1800 }), 8000, 20)
    assert.deepEqual([...new Set(labels)].sort(), ['coin', 'dropout', 'normal', 'saturated', 'stuck'])
  })

  it('give way to an order by hand, which lasts', () => {
    const machine = machineOf('pi', { seed: 3, faultsPerHour: 3600 })
    run(machine, 10, 1)
    machine.order({ burn: true })
    assert.equal(machine.label, 'burn')
    machine.next(1)
    assert.equal(machine.label, 'burn')
  })

  it('are refused where there would be more than one a second', () => {
    assert.throws(() => machineOf('pi', { faultsPerHour: 3601 }), ConfigError)
    assert.throws(() => machineOf('pi', { faultsPerHour: -1 }), ConfigError)
  })
})
