import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { SerialTransport } from '../../src/sources/transports/serial'
import { Recorder } from '../sources/transports/recorder'
import { needsTool } from '../tools/outside-tool'
import { SerialPair } from '../tools/serial-pair'

describe('serial transport and a cable that is pulled', function () {
  this.timeout(90_000)
  const pair = new SerialPair()

  before(function () {
    needsTool(this, 'socat')
  })
  after(() => pair.stop())

  const settings = {
    path: pair.port,
    baudRate: 115200,
    dataBits: 8,
    stopBits: 1,
    parity: 'none',
    startCommand: '',
    silenceMs: 0,
  } as const

  it('opens the port again after each of 10 cuts, with one report per outage', async () => {
    const recorder = new Recorder()
    const transport = new SerialTransport(settings, recorder, () => Date.now())
    transport.open()
    await recorder.until((r) => r.count('waiting') === 1)
    assert.match(recorder.states.at(-1)!.error!.message, /port.*No such file/)
    for (let cut = 1; cut <= 10; cut++) {
      await pair.plug()
      await recorder.until((r) => r.count('connected') === cut)
      const before = recorder.inputs.length
      await pair.write(`1,2,${cut}\n`)
      await recorder.until((r) => r.inputs.length > before)
      await pair.unplug()
      await recorder.until((r) => r.count('waiting') === cut + 1)
    }
    await transport.close()
    assert.equal(recorder.reconnects, 10)
    assert.equal(recorder.count('waiting'), 11)
    const text = Buffer.concat(recorder.inputs.map((input) => Buffer.from(input.bytes!))).toString()
    assert.equal(text, Array.from({ length: 10 }, (_, i) => `1,2,${i + 1}\n`).join(''))
  })

  it('notices each cut in the middle of a line, where reading on gives nothing and no error', async () => {
    const recorder = new Recorder()
    const transport = new SerialTransport(settings, recorder, () => Date.now())
    await pair.plug()
    transport.open()
    for (let cut = 1; cut <= 3; cut++) {
      await recorder.until((r) => r.count('connected') === cut)
      await pair.write('1,2,3\n'.repeat(100))
      await pair.write('4,')
      await pair.unplug()
      await recorder.until((r) => r.count('waiting') === cut)
      await pair.plug()
    }
    await transport.close()
    await pair.unplug()
    assert.equal(recorder.count('waiting'), 3)
  })

  it('leaves nothing open when it is closed while waiting', async () => {
    const recorder = new Recorder()
    const transport = new SerialTransport(settings, recorder, () => Date.now())
    transport.open()
    await recorder.until((r) => r.count('waiting') === 1)
    await transport.close()
    await pair.plug()
    await sleep(700)
    assert.equal(recorder.count('connected'), 0)
    await pair.unplug()
  })

  it('opens the port anew when the driver says nothing', async () => {
    const recorder = new Recorder()
    await pair.plug()
    const transport = new SerialTransport({ ...settings, silenceMs: 200 }, recorder, () => Date.now())
    transport.open()
    await recorder.until((r) => r.count('connected') === 2)
    assert.match(recorder.states.find((entry) => entry.state === 'waiting')!.error!.message, /no data/)
    await transport.close()
    await pair.unplug()
  })
})
