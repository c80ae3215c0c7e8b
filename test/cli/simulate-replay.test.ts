import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { FAN_DEFAULTS, FanRig } from '../../src/core/simulate/fan-rig'
import { SIMULATORS } from '../../src/core/simulate/registry'
import { BINARY, edgeAnomaly, records, scratch, succeed } from './edge-anomaly'

describe('simulate', () => {
  it('writes the rows of the simulator to the bit, with times and labels', () => {
    const lines = records(
      succeed(['simulate', '--machine', 'fan', '--rows', '400', '--seed', '9', '--set', 'speed=high']),
    )
    const data = new FanRig({ ...FAN_DEFAULTS, seed: 9, speed: 'high' }).next(400)!
    assert.equal(lines.length, 400)
    lines.forEach(({ time, ax, ay, az, label }, i) => {
      assert.deepEqual([ax, ay, az].map(Number).map(Math.fround), Array.from(data.subarray(3 * i, 3 * i + 3)))
      assert.equal(Number(time), i / 200)
      assert.equal(label, 'normal')
    })
  })

  it('changes what the machine does on the way', () => {
    const args = ['simulate', '--seconds', '3', '--at', '1:coin=true;2:coin=false,speed=medium']
    const labels = records(succeed(args)).map(({ label }) => label)
    assert.deepEqual(
      [0, 199, 200, 399, 400, 599].map((row) => labels[row]),
      ['normal', 'normal', 'coin', 'coin', 'normal', 'normal'],
    )
  })

  it('leaves a gap in the times where the sensor sends nothing', () => {
    const lines = records(succeed(['simulate', '--seconds', '2', '--at', '0.5:fault=dropout;1:fault=none']))
    assert.equal(lines.length, 300)
    assert.deepEqual([lines[99]!.time, lines[100]!.time], ['0.495', '1'])
  })

  it('leaves the cell of a sensor that has dropped out empty, and says so in the label', () => {
    const args = ['simulate', '--machine', 'sensors', '--rows', '6', '--at', '2:fault=dropout,channel=pressure;4:fault=none'] // prettier-ignore
    const lines = records(succeed(args))
    assert.deepEqual(lines.map(({ pressure, label }) => [pressure === '', label]), [[false, 'normal'], [false, 'normal'], [true, 'dropout'], [true, 'dropout'], [false, 'normal'], [false, 'normal']]) // prettier-ignore
    assert.ok(lines.every(({ temp }) => temp !== ''))
    const third = JSON.parse(succeed([...args, '--json']).split('\n')[2]!) as Record<string, unknown>
    assert.deepEqual([third['pressure'], third['label']], [null, 'dropout'])
  })

  it('knows every machine of the registry, as CSV and as JSON, with and without labels', () => {
    for (const { name, make } of SIMULATORS) {
      const { channels } = make({})
      const csv = succeed(['simulate', '--machine', name, '--rows', '3', '--no-label'])
      assert.equal(csv.split('\n')[0], ['time', ...channels].join(','))
      const [first] = succeed(['simulate', '--machine', name, '--rows', '3', '--json']).split('\n')
      assert.deepEqual(Object.keys(JSON.parse(first!) as object), ['time', ...channels, 'label'])
    }
    const again = ['simulate', '--machine', 'sensors', '--rows', '500', '--seed', '4', '--faults', '60']
    assert.equal(succeed(again), succeed(again))
    assert.notEqual(new Set(records(succeed(again)).map(({ label }) => label)).size, 1)
  })

  it('names a setting that is wrong', () => {
    const { code, err } = edgeAnomaly(['simulate', '--set', 'speed=warp'])
    assert.equal(code, 1)
    assert.match(err, /speed must be one of/)
    for (const [args, words] of [
      [['--at', 'coin=true'], /--at must be settings/],
      [['--set', 'bogus=1'], /--set: this machine has no setting bogus; there are speed, coin, fault/],
      [['--at', '1:coin=true,bogus=1'], /--at: this machine has no setting bogus/],
      [['--at', '1:speed=warp'], /--at speed must be one of/],
      [['--machine', 'sensors', '--at', '1:seconds=3'], /--at holds no order/],
      [['--seconds', '5', '--at', '5:coin=true'], /--at 5:coin=true is never reached: there are 5 s/],
      [['--rows', '5', '--seconds', '5'], /--rows and --seconds say the same thing twice/],
    ] as const) {
      const { code, out, err } = edgeAnomaly(['simulate', ...args])
      assert.match(err, words)
      assert.deepEqual([code, out], [1, ''])
    }
  })

  it('tells in its help what each machine can be set and told to do', () => {
    const help = succeed(['simulate', '--help']).replaceAll(/\s+/g, ' ')
    for (const { settings, orders } of SIMULATORS) {
      for (const { name, kind, choices = [] } of settings)
        if (kind !== 'channels') for (const word of [name, ...choices]) assert.ok(help.includes(word), word)
      for (const name of orders) if (name !== 'seed') assert.ok(help.includes(name), name)
    }
  })

  it('goes on without an end where that is asked, until nobody reads on', async () => {
    const child = spawn(process.execPath, [...BINARY, 'simulate', '--endless', '--no-header'])
    let length = 0
    child.stdout.on('data', (piece: Buffer) => {
      length += piece.length
      if (length > 1_000_000) child.stdout.destroy()
    })
    assert.equal(await new Promise((resolve) => child.on('close', resolve)), 0)
  })
})

describe('replay', () => {
  const file = scratch()
  const text = 'a,b\r\n1,2\r\n"x, y",3\r\n5,6'

  before(() => fs.writeFileSync(file('rows.csv'), text))

  it('writes the rows of files as they are, with one header, and nothing else', () => {
    const both = ['replay', '--rate', '0', '--input', `${file('rows.csv')},${file('rows.csv')}`]
    const rows = '1,2\n"x, y",3\n5,6\n'
    const { code, out, err } = edgeAnomaly(both)
    assert.deepEqual([code, out, err], [0, `a,b\n${rows}${rows}`, ''])
    assert.equal(succeed([...both, '--no-header']), rows + rows)
    assert.equal(succeed(['replay', '--rate', '0', '--input', '-'], text), `a,b\n${rows}`)
  })

  it('writes objects with --json', () => {
    const lines = succeed(['replay', '--json', '--rate', '0', '--input', file('rows.csv')])
      .trim()
      .split('\n')
    assert.deepEqual(
      lines.map((line) => JSON.parse(line) as unknown),
      [
        { a: 1, b: 2 },
        { a: 'x, y', b: 3 },
        { a: 5, b: 6 },
      ],
    )
  })

  it('begins anew for ever with --loop, until nobody reads on', async () => {
    fs.writeFileSync(file('loop.csv'), `a\n${'1\n'.repeat(10_000)}`)
    const args = ['replay', '--loop', '--rate', '0', '--input', file('loop.csv')]
    const child = spawn(process.execPath, [...BINARY, ...args])
    let seen = ''
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      seen += piece
      if (seen.length > 100_000) child.stdout.destroy()
    })
    const code = await new Promise((resolve) => child.on('close', resolve))
    assert.equal(code, 0)
    assert.match(seen, /^a\n(1\n)+$/)
    assert.equal(edgeAnomaly(['replay', '--loop', '--input', '-']).code, 1)
  })

  it('keeps the pace that is asked', async () => {
    fs.writeFileSync(file('many.csv'), `a\n${Array.from({ length: 100 }, (_, i) => i).join('\n')}\n`)
    const child = spawn(process.execPath, [...BINARY, 'replay', '--rate', '200', '--input', file('many.csv')])
    const times: number[] = []
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      for (const line of piece.trimEnd().split('\n')) if (line !== 'a') times.push(performance.now())
    })
    await new Promise((resolve) => child.on('close', resolve))
    assert.equal(times.length, 100)
    // Rows come no sooner than their time: 99 intervals of 5 ms.
    assert.ok(times[99]! - times[0]! > 480, String(times[99]! - times[0]!))
  })
})
