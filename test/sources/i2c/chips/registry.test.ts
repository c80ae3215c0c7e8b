import assert from 'node:assert/strict'
import {
  channelsOf,
  unitsOf,
  writtenValue,
  type Chip,
  type ChipSettings,
} from '../../../../src/sources/i2c/chip'
import { CHIPS } from '../../../../src/sources/i2c/chips/registry'
import { decodeRows } from '../../../../src/sources/i2c/layout'
import { pollInterval } from '../../../../src/sources/i2c/transport'
import { readI2cSettings } from '../../../../src/sources/i2c/settings'

/** All rates, ranges and combinations of columns that a chip offers. */
function* offered(chip: Chip): Generator<ChipSettings> {
  for (const rate of chip.rates) {
    for (const range of chip.ranges) {
      for (const gyroscope of chip.gyroRanges.length > 0 ? [false, true] : [false]) {
        for (const temperature of chip.hasTemperature ? [false, true] : [false]) {
          for (const gyroRange of gyroscope ? chip.gyroRanges : [250]) {
            yield { rate, range, gyroscope, temperature, gyroRange, unit: 'g' }
          }
        }
      }
    }
  }
}

describe('every chip of the registry', () => {
  it('has a name and an identity of its own', () => {
    assert.equal(new Set(CHIPS.map((chip) => chip.name)).size, CHIPS.length)
    const identities = CHIPS.flatMap((chip) =>
      Object.keys(chip.whoAmI.answers).map((answer) => `${chip.whoAmI.register}=${answer}`),
    )
    assert.equal(new Set(identities).size, identities.length)
  })

  for (const chip of CHIPS) {
    it(`${chip.label}: fits its columns and writes bytes, for whatever it offers`, () => {
      for (const settings of offered(chip)) {
        const steps = chip.configure(settings)
        for (const step of steps) {
          if (step.wait !== undefined) continue
          assert.ok(
            Number.isInteger(step.value) && step.value >= 0 && step.value <= 255,
            `${step.register} = ${step.value}`,
          )
        }
        assert.notEqual(writtenValue(steps, chip.alive), undefined)
        const width = channelsOf(settings).length
        assert.equal(unitsOf(settings).length, width)
        const { read, layout } = chip.sample(settings)
        assert.equal(decodeRows(new Uint8Array(read.length), layout).length, width)
        const { fifo } = chip
        if (fifo === undefined) continue
        const aside = fifo.aside?.(settings)
        const rows = fifo
          .decoder(settings)
          .push(new Uint8Array(fifo.wordBytes(settings) * 4), aside && new Uint8Array(aside.length))
        assert.equal(rows.length % width, 0)
      }
    })

    it(`${chip.label}: is polled before its FIFO is half full`, () => {
      if (chip.fifo === undefined) return assert.equal(chip.name, 'msa301')
      for (const settings of offered(chip)) {
        const interval = pollInterval({
          ...settings,
          chip,
          bus: 1,
          address: chip.addresses[0]!,
          reading: 'fifo',
        })
        const filled = (interval * settings.rate) / 1000
        assert.ok(filled <= 0.5 * chip.fifo.capacity(settings), `${filled} rows at ${settings.rate} Hz`)
        assert.ok(interval <= 100)
      }
    })

    it(`${chip.label}: works with nothing but its name set`, () => {
      const settings = readI2cSettings({ chip: chip.name })
      assert.equal(settings.address, chip.addresses[0])
      assert.equal(settings.range, 4)
      assert.ok(Math.abs(settings.rate - 200) <= 40)
    })
  }
})
