import assert from 'node:assert/strict'
import { compileShim } from './shim/compile'
import { ShimmedProcess } from './shim/shimmed-process'

const shim = compileShim()
const title = 'I2C end to end: simulated MPU-6050 with FIFO behind the ioctl interface of the kernel'
const AMPLITUDE = 0.5
const FREQUENCY = 23.7

describe(shim.missing === undefined ? title : `${title} (skipped: ${shim.missing} is missing)`, function () {
  this.timeout(60_000)
  let child: ShimmedProcess | undefined

  before(function () {
    if (shim.missing !== undefined) this.skip()
  })

  afterEach(async () => {
    await child?.stop()
    child = undefined
  })

  function start(
    config: object,
    environment: Record<string, string> = {},
    state = 'present',
  ): ShimmedProcess {
    child = new ShimmedProcess(
      shim.library!,
      'run-transport.ts',
      [JSON.stringify(config)],
      {
        I2CSHIM_AMPLITUDE: String(AMPLITUDE),
        I2CSHIM_FREQUENCY: String(FREQUENCY),
        ...environment,
      },
      state,
    )
    return child
  }

  it('reads 2 s of a sine at 200 Hz through the FIFO: each sample once, to within one LSB', async () => {
    const run = start(
      { chip: 'mpu6050', rate: 200, range: 4, gyroscope: true, temperature: true },
      { I2CSHIM_KHZ: '400' },
    )
    await run.until(() => run.rows() >= 400)
    const batches = run.of('batch')
    assert.deepEqual(batches[0]!.channels, ['ax', 'ay', 'az', 'gx', 'gy', 'gz', 'temp'])
    let n = 0
    for (const { data, sequence } of batches) {
      assert.deepEqual(sequence, [batches[0]!.sequence[0]! + n])
      for (let at = 0; at < data.length; at += 7, n++) {
        const phase = (2 * Math.PI * FREQUENCY * n) / 200
        // ± 4 g: 8192 LSB/g; ± 500 °/s: 65.5 LSB/(°/s); 340 LSB/°C.
        const expected = [
          AMPLITUDE * Math.sin(phase),
          0.25 * AMPLITUDE * Math.cos(phase),
          1,
          (10 * Math.cos(phase) * Math.PI) / 180,
          0,
          0,
          25,
        ]
        const lsb = [1 / 8192, 1 / 8192, 1 / 8192, Math.PI / 180 / 65.5, 1, 1, 1 / 340]
        expected.forEach((value, i) => {
          assert.ok(
            Math.abs(data[at + i]! - value) <= lsb[i]!,
            `row ${n}, ${batches[0]!.channels[i]}: ${data[at + i]}, not ${value}`,
          )
        })
      }
    }
    const peak = Math.max(...batches.flatMap(({ data }) => data.filter((_, i) => i % 7 === 0)))
    assert.ok(Math.abs(peak - AMPLITUDE) < 0.01, `amplitude ${peak}`)
    // Both run by the same clock: the rows after the first batch are the time since then times the rate.
    const [first, last] = [batches[0]!, batches.at(-1)!]
    const expected = ((last.arrival - first.arrival) * 200) / 1000
    const read = n - first.data.length / 7
    assert.ok(Math.abs(read - expected) <= 20, `${read} rows in a time of ${expected}`)
    assert.deepEqual([run.of('outage').length, run.of('event').length], [0, 0])
  })

  it('keeps up with 1 kHz of the accelerometer on a 400 kHz bus', async () => {
    const run = start({ chip: 'mpu6050', rate: 1000 }, { I2CSHIM_KHZ: '400' })
    await run.until(() => run.rows() >= 1000)
    const batches = run.of('batch')
    let n = 0
    for (const { data, sequence } of batches) {
      assert.deepEqual(sequence, [batches[0]!.sequence[0]! + n])
      n += data.length / 3
    }
  })

  it('says which chip answers instead of the one that is set', async () => {
    const run = start({ chip: 'mpu6050' }, {}, 'who=0x71')
    await run.until(() => run.of('outage').length > 0)
    assert.match(run.of('outage')[0]!.message, /is MPU-9250 \(0x75 = 0x71\), not MPU-6050/)
    assert.equal(run.rows(), 0)
  })

  it('reports a sensor that is taken away once, and goes on when it is back', async () => {
    const run = start({ chip: 'mpu6050', rate: 1000, gyroscope: true })
    await run.until(() => run.rows() >= 100)
    run.set('absent')
    await run.until(() => run.of('outage').length > 0)
    assert.match(
      run.of('outage')[0]!.message,
      /no answer from 0x68 on bus 1 \(121: .*\)\. Check wiring, power and address/,
    )
    run.set('present')
    await run.until(() => run.of('recovered').length > 0)
    const before = run.rows()
    await run.until(() => run.rows() > before + 200)
    assert.deepEqual([run.of('outage').length, run.of('recovered').length], [1, 1])
    assert.deepEqual(
      run.of('event').map(({ key }) => key),
      ['sources.i2cGap'],
    )
    // The count went on with the time while the sensor was away.
    const batches = run.of('batch')
    const [first, last] = [batches[0]!, batches.at(-1)!]
    const counted = last.sequence[0]! - first.sequence[0]! + last.data.length / 6 - first.data.length / 6
    assert.ok(
      Math.abs(counted - (last.arrival - first.arrival)) <= 250,
      `${counted} counted in ${last.arrival - first.arrival} ms`,
    )
  })

  it('takes a short break for a gap, not for an outage', async () => {
    const run = start({ chip: 'mpu6050', rate: 200 })
    await run.until(() => run.rows() >= 40)
    run.set('nack')
    await new Promise((resolve) => setTimeout(resolve, 300))
    run.set('present')
    const before = run.rows()
    await run.until(() => run.rows() > before + 40)
    assert.deepEqual([run.of('outage').length, run.of('recovered').length], [0, 0])
    assert.deepEqual(
      run.of('event').map(({ key }) => key),
      ['sources.i2cGap'],
    )
  })

  it('reads the output registers one by one where the FIFO is not wanted', async () => {
    const run = start({ chip: 'mpu6050', rate: 100, reading: 'registers' })
    await run.until(() => run.rows() >= 100)
    for (const { data, times } of run.of('batch')) {
      assert.equal(times.length, data.length / 3)
      for (let at = 0; at < data.length; at += 3) {
        assert.ok(Math.abs(data[at]!) <= AMPLITUDE + 1 / 8192)
        assert.equal(data[at + 2], 1)
      }
    }
  })

  it('finds the sensor on the bus', async () => {
    child = new ShimmedProcess(shim.library!, 'run-scan.ts', [])
    const [found] = await child.output()
    assert.deepEqual(found, [{ address: 0x68, text: '0x68', chip: 'mpu6050', label: 'MPU-6050' }])
  })
})
