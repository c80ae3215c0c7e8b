import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import path from 'node:path'
import type { Frame } from '../../src/core/frame'
import { Flow } from './flow'

/** 20 rows, ten a second. */
const TABLE = `time,x,label\n${Array.from({ length: 20 }, (_, i) => `${1000 + i / 10},${i},${i < 10 ? 'normal' : 'odd'}`).join('\n')}\n`

describe('node anomaly-replay', () => {
  let flow: Flow

  /** Waits for so many messages. */
  async function arrived(id: string, count: number): Promise<void> {
    for (let i = 0; i < 2000 && flow.at(id).length < count; i++) await sleep(5)
    assert.ok(flow.at(id).length >= count, `${flow.at(id).length} of ${count} messages at ${id}`)
  }

  afterEach(() => flow.end())

  async function load(settings: Readonly<Record<string, unknown>>): Promise<string> {
    flow = await Flow.load([
      {
        id: 'replay',
        type: 'anomaly-replay',
        path: 'table.csv',
        rate: '10',
        ...settings,
        wires: [['out'], ['end']],
      },
      { id: 'out', type: 'helper' },
      { id: 'end', type: 'helper' },
      { id: 'caught', type: 'catch', scope: null, uncaught: false, wires: [['errors']] },
      { id: 'errors', type: 'helper' },
    ])
    const file = path.join(flow.userDir, 'table.csv')
    writeFileSync(file, TABLE)
    return file
  }

  const values = (): readonly number[] =>
    flow.at('out').flatMap(({ payload }) => [...(payload as Frame).data])
  const order = (payload: string): void => flow.send('replay', { payload })
  const ended = (): Promise<void> => arrived('end', 1)

  it('plays a file of the user directory and tells the end, as fast as possible', async () => {
    await load({ speed: '0', streamTopic: 'press' })
    order('start')
    await ended()
    assert.deepEqual(values(), Array.from({ length: 20 }, (_, i) => i)) // prettier-ignore
    const [first] = flow.at('out')
    assert.deepEqual(
      [first!.topic, first!['label'], (first!.payload as Frame).start],
      ['press', 'normal', 1_000_000],
    )
    assert.equal(flow.at('out').at(-1)!['label'], 'odd')
    const [end] = flow.at('end')
    assert.deepEqual(end!.payload, { rows: 20, files: 1, bad: 0 })
    assert.equal(end!['complete'], true)
    order('start')
    await arrived('end', 2)
    assert.equal(values().length, 40)
  })

  it('keeps the pace of the times, at the speed asked for', async () => {
    await load({ speed: '10', batch: '1', autostart: false })
    const begin = performance.now()
    order('start')
    await ended()
    // 1.9 s at ten times the speed; never faster.
    assert.ok(performance.now() - begin >= 180)
    assert.equal(values().length, 20)
  })

  it('pauses, goes on where it was, and begins anew', async () => {
    await load({ speed: '5', batch: '1' })
    order('start')
    await arrived('out', 5)
    order('stop')
    await sleep(60)
    const { length } = flow.at('out')
    await sleep(150)
    assert.equal(flow.at('out').length, length)
    order('start')
    await ended()
    assert.deepEqual(values(), Array.from({ length: 20 }, (_, i) => i)) // prettier-ignore
    order('start')
    await arrived('out', 24)
    order('restart')
    await arrived('end', 2)
    assert.deepEqual(values().slice(-20), Array.from({ length: 20 }, (_, i) => i)) // prettier-ignore
  })

  it('plays the file that a message names; one that is not there is an error of that message', async () => {
    const file = await load({ path: '', speed: '0' })
    flow.send('replay', { filename: file })
    await ended()
    assert.equal(flow.at('end')[0]!['filename'], file)
    flow.send('replay', { filename: 'none.csv', _msgid: 'asked' })
    await arrived('errors', 1)
    const [error] = flow.at('errors')
    assert.equal(error!._msgid, 'asked')
    assert.match((error!['error'] as { message: string }).message, /none\.csv does not exist/)
  })

  it('warns of the first bad line at once, not at the end alone', async () => {
    const file = await load({ speed: '1', batch: '1' })
    writeFileSync(file, TABLE.replace('\n1000,0,', '\nnoon,0,'))
    order('start')
    await arrived('out', 1)
    const { args } = (flow.node('replay') as unknown as { warn: { args: [string][] } }).warn
    assert.equal(args.length, 1)
    assert.match(
      args[0]![0],
      /^a line is left out, and others like it: table\.csv, channel time, row 1 is the text "noon"/,
    )
  })

  it('ends with the node in the middle of a file', async () => {
    await load({ speed: '1', batch: '1', loop: true })
    order('start')
    await arrived('out', 2)
    const begin = performance.now()
    await flow.unload()
    assert.ok(performance.now() - begin < 1000)
    const { length } = flow.at('out')
    await sleep(250)
    assert.equal(flow.at('out').length, length)
  })

  it('asks for what it can do', async () => {
    await load({ path: '' })
    order('start')
    order('faster')
    await flow.settle()
    const texts = flow.at('errors').map(({ error }) => (error as { message: string }).message)
    assert.match(texts[0]!, /File or folder is empty/)
    assert.match(texts[1]!, /msg\.payload must be "start", "stop" or "restart"/)
  })
})
