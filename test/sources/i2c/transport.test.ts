import assert from 'node:assert/strict'
import { DeviceError } from '../../../src/core/errors'
import { readI2cSettings } from '../../../src/sources/i2c/settings'
import { openI2c } from '../../../src/sources/i2c/transport'
import { ManualClock } from './manual-clock'
import { rig, SETUP } from './rig'
import { SimulatedMpu6050 } from './simulated-mpu6050'

/** Count of the first row of a connection opened at uptime 0. */
const FIRST = -1000 * ManualClock.EPOCH

describe('I2C transport, FIFO', () => {
  it('gives every sample once, in order, in batches of 50 ms', async () => {
    const { clock, batches, rows, outages, events } = rig()
    await clock.advance(SETUP + 5000)
    assert.equal(rows(), 1000)
    assert.ok(batches.length >= 95 && batches.length <= 101, `${batches.length} batches`)
    let next = 0
    for (const { batch } of batches) {
      assert.deepEqual(batch.channels, ['ax', 'ay', 'az'])
      assert.deepEqual(batch.units, ['g', 'g', 'g'])
      assert.equal(batch.rate, 200)
      assert.deepEqual([...batch.sequence!], [FIRST + next])
      for (let at = 0; at < batch.data.length; at += 3) {
        // ± 4 g: 8192 LSB/g.
        assert.equal(batch.data[at], (next % 1000) / 8192)
        assert.equal(batch.data[at + 2], 2)
        next++
      }
    }
    assert.deepEqual([outages, events], [[], []])
  })

  it('tells the arrival of each batch, ms since the epoch', async () => {
    const { clock, batches } = rig()
    await clock.advance(SETUP + 200)
    const first = batches[0]!
    assert.equal(first.arrival, ManualClock.EPOCH + SETUP + 50)
    assert.equal(first.batch.data.length / 3, 10)
    assert.equal(batches[1]!.arrival, ManualClock.EPOCH + SETUP + 100)
  })

  it('counts from far below in a later connection, so that its samples are not taken for late ones', async () => {
    const clock = new ManualClock()
    const sensor = new SimulatedMpu6050(clock)
    const firsts: number[] = []
    for (let i = 0; i < 3; i++) {
      const counts: number[] = []
      const nothing = (): void => undefined
      const connection = openI2c(
        readI2cSettings({ chip: 'mpu6050', rate: 1000 }),
        {
          batch: ({ sequence }) => counts.push(sequence![0]!),
          outage: nothing,
          recovered: nothing,
          event: nothing,
        },
        { openBus: (number) => sensor.bus(number), clock },
      )
      await clock.advance(300)
      connection.close()
      firsts.push(counts[0]!)
    }
    assert.ok(firsts[0]! - firsts[1]! > 100_000 && firsts[1]! - firsts[2]! > 100_000, firsts.join(' '))
    assert.ok(firsts.every(Number.isSafeInteger))
  })

  it('gives each batch a buffer of its own', async () => {
    const { clock, batches } = rig()
    await clock.advance(SETUP + 500)
    assert.equal(new Set(batches.map(({ batch }) => batch.data.buffer)).size, batches.length)
    for (const { batch } of batches) assert.equal(batch.data.buffer.byteLength, batch.data.byteLength)
  })

  it('gives no row that begins in the middle of one where somebody else took bytes out: the FIFO begins anew', async () => {
    const { clock, sensor, batches, events, rows } = rig()
    await clock.advance(SETUP + 1020)
    const before = rows()
    await sensor.bus(1).read(0x68, 0x74, 1)
    await clock.advance(1000)
    for (const { batch } of batches)
      for (let at = 0; at < batch.data.length; at += 3)
        assert.deepEqual([...batch.data.slice(at + 1, at + 3)], [0, 2])
    assert.ok(rows() - before >= 180, `${rows() - before} rows in a second of 200`)
    assert.deepEqual(
      events.map(({ key, params }) => [key, Number(params['lost']) <= 20]),
      [['sources.i2cGap', true]],
    )
  })

  it('reports an overflow as a gap, resets the FIFO and counts on', async () => {
    const { clock, sensor, batches, events, rows } = rig()
    await clock.advance(SETUP + 1000)
    // 172 rows of 6 bytes fill 1024 bytes: a pause of 2 s in which no timer ran loses 400 samples at 200 Hz.
    const before = rows()
    const passed = clock.advance.bind(clock)
    const stalled = clock.uptime() + 2000
    Object.assign(clock, { time: stalled })
    await passed(1000)
    assert.equal(sensor.hasOverflowed, true)
    assert.deepEqual(
      events.map(({ key, params }) => [key, params.lost]),
      [['sources.i2cGap', 400]],
    )
    const after = batches.find(({ arrival }) => arrival > ManualClock.EPOCH + stalled + 1)!
    assert.equal(after.batch.sequence![0], FIRST + before + 400)
    assert.equal(after.batch.data[0], 0)
  })

  it('goes on after single failed reads without an outage; what was lost is a gap', async () => {
    const { clock, sensor, batches, outages, events, counts } = rig()
    await clock.advance(SETUP + 1000)
    sensor.state = 'nack'
    await clock.advance(1000)
    sensor.state = 'present'
    await clock.advance(1000)
    assert.deepEqual([outages.length, counts.recovered], [0, 0])
    assert.deepEqual(
      events.map(({ key }) => key),
      ['sources.i2cGap'],
    )
    const lost = Number(events[0]!.params.lost)
    assert.ok(Math.abs(lost - 210) <= 10, `${lost} lost`)
    const last = batches.at(-1)!.batch
    // The count goes with the time: 3 s of samples, those lost included.
    assert.ok(Math.abs(last.sequence![0]! - FIRST + last.data.length / 3 - 600) <= 2)
  })

  it('reports one outage after 100 failed reads, backs off, and recovers at the first good read', async () => {
    const { clock, sensor, outages, counts, events } = rig()
    await clock.advance(SETUP + 1000)
    sensor.state = 'absent'
    await clock.advance(99 * 50)
    assert.equal(outages.length, 0)
    await clock.advance(100)
    assert.equal(outages.length, 1)
    assert.equal(outages[0]!.key, 'sources.i2cNoAnswer')
    assert.match(outages[0]!.message, /0x68 on bus 1 \(121: remote I\/O error\)/i)
    const before = sensor.transfers
    await clock.advance(120_000)
    // 0.5 + 1 + 2 + 4 + 8 + 16 + 30 + 30 + … s: 9 tries in 2 minutes.
    assert.ok(
      sensor.transfers - before >= 7 && sensor.transfers - before <= 10,
      `${sensor.transfers - before} tries`,
    )
    sensor.state = 'present'
    await clock.advance(31_000)
    assert.deepEqual([outages.length, counts.recovered], [1, 1])
    assert.equal(sensor.open, 1)
    assert.ok(events.some(({ key }) => key === 'sources.i2cGap'))
  })

  it('spreads the retries at random, never beyond 30 s', async () => {
    for (const [chance, waits] of [
      [0, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]],
      [0.999999, [625, 1250, 2500, 5000, 10000, 20000, 30000, 30000]],
    ] as const) {
      const { clock, sensor } = rig()
      clock.chance = chance
      sensor.state = 'absent'
      await clock.advance(1)
      for (const expected of waits) {
        assert.ok(Math.abs(clock.next - expected) < 2, `${clock.next}, not ${expected}`)
        await clock.advance(clock.next)
      }
    }
  })

  it('sets a sensor up again that lost its power between two reads', async () => {
    const { clock, sensor, outages, events, batches } = rig()
    await clock.advance(SETUP + 1000)
    sensor.powerOn()
    await clock.advance(3000)
    assert.deepEqual(outages, [])
    assert.deepEqual(
      events.map(({ key }) => key),
      ['sources.i2cRestarted', 'sources.i2cGap'],
    )
    // About a second until the silence is noticed, and the set-up.
    const lost = Number(events[1]!.params.lost)
    assert.ok(lost >= 200 && lost <= 250, `${lost} lost`)
    assert.ok(batches.at(-1)!.arrival > ManualClock.EPOCH + 4000)
  })

  it('reports a sensor that answers but gives no samples, once', async () => {
    const { clock, sensor, outages, counts } = rig()
    await clock.advance(SETUP + 1000)
    sensor.state = 'mute'
    await clock.advance(60_000)
    assert.deepEqual(
      outages.map((error) => error.key),
      ['sources.i2cSilent'],
    )
    sensor.state = 'present'
    await clock.advance(31_000)
    assert.deepEqual([outages.length, counts.recovered], [1, 1])
  })

  it('says at once which chip is there instead', async () => {
    const { clock, sensor, outages, batches } = rig()
    sensor.whoAmI = 0x71
    await clock.advance(10_000)
    assert.equal(outages.length, 1)
    assert.equal(
      outages[0]!.message,
      'chip: at 0x68 on bus 1 is MPU-9250 (0x75 = 0x71), not MPU-6050. Choose the chip that is there, or check the address',
    )
    assert.equal(batches.length, 0)
  })

  it('names a chip that it knows but does not support, and the answer of one that it does not know', async () => {
    for (const [answer, text] of [
      [0x98, 'ICM-20689 (0x75 = 0x98)'],
      [0x42, 'an unknown chip (0x75 = 0x42)'],
    ] as const) {
      const { clock, sensor, outages } = rig()
      sensor.whoAmI = answer
      await clock.advance(100)
      assert.ok(outages[0]!.message.includes(text), outages[0]!.message)
    }
  })

  it('reports a bus that cannot be opened once, and opens it when it is there', async () => {
    const { clock, sensor, outages, counts, rows } = rig()
    sensor.openError = new DeviceError('sources.i2cNoBus', { field: 'bus', bus: 1, found: 'none' })
    await clock.advance(10_000)
    assert.deepEqual(
      outages.map((error) => error.key),
      ['sources.i2cNoBus'],
    )
    sensor.openError = undefined
    await clock.advance(10_000)
    assert.equal(counts.recovered, 1)
    assert.ok(rows() > 0)
  })

  it('does nothing more after close, in whatever it is caught', async () => {
    for (const moment of [0, 1, 60, 120, SETUP + 25, SETUP + 50, SETUP + 1000]) {
      const { clock, sensor, batches, connection } = rig()
      await clock.advance(moment)
      connection.close()
      const told = batches.length
      const done = sensor.transfers
      await clock.advance(10_000)
      assert.equal(batches.length, told)
      assert.ok(sensor.transfers <= done + 1)
      assert.deepEqual([clock.waiting, sensor.open], [0, 0])
    }
  })

  it('leaves no bus open over 1000 outages', async () => {
    const { clock, sensor, connection, outages, counts } = rig()
    await clock.advance(SETUP + 200)
    for (let i = 0; i < 1000; i++) {
      sensor.state = 'mute'
      await clock.advance(1200)
      sensor.state = 'present'
      await clock.advance(900)
      assert.ok(sensor.open <= 1)
    }
    assert.equal(outages.length, 1000)
    assert.equal(counts.recovered, 1000)
    connection.close()
    assert.deepEqual([clock.waiting, sensor.open], [0, 0])
  }).timeout(60_000)
})
