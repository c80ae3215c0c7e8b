import assert from 'node:assert/strict'
import { rig, SETUP } from './rig'

describe('I2C transport, single reads', () => {
  it('reads on a grid of the rate and stamps each row with the time of its read', async () => {
    const { clock, batches, rows } = rig({ reading: 'registers', rate: 100 })
    await clock.advance(SETUP + 2000)
    assert.ok(rows() >= 195 && rows() <= 200, `${rows()} rows`)
    const times = batches.flatMap(({ batch }) => [...batch.times!])
    for (let i = 1; i < times.length; i++) assert.equal(times[i]! - times[i - 1]!, 10)
    for (const { batch, arrival } of batches) {
      assert.equal(batch.times!.length, batch.data.length / 3)
      assert.equal(batch.sequence, undefined)
      assert.equal(arrival, batch.times!.at(-1))
    }
  })

  it('skips what it missed instead of catching up in a burst', async () => {
    const { clock, batches } = rig({ reading: 'registers', rate: 100 })
    await clock.advance(SETUP + 1000)
    Object.assign(clock, { time: clock.uptime() + 500 })
    await clock.advance(500)
    const times = batches.flatMap(({ batch }) => [...batch.times!])
    const steps = times.slice(1).map((time, i) => time - times[i]!)
    assert.equal(Math.min(...steps), 10)
    assert.ok(Math.max(...steps) >= 490)
  })

  it('reports one outage after 100 failed reads and hands over what it had read before', async () => {
    const { clock, sensor, outages, rows, counts } = rig({ reading: 'registers', rate: 100 })
    await clock.advance(SETUP + 1004)
    const before = rows()
    sensor.state = 'nack'
    await clock.advance(2000)
    assert.equal(outages.length, 1)
    assert.ok(rows() >= before && rows() <= before + 5)
    sensor.state = 'present'
    await clock.advance(3000)
    assert.equal(counts.recovered, 1)
  })
})
