import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import path from 'node:path'
import type { Frame } from '../../src/core/frame'
import type { Message } from '../../src/runtime/message'
import { Flow } from './flow'

describe('node anomaly-record', () => {
  let flow: Flow
  afterEach(() => flow.end())

  async function load(settings: Readonly<Record<string, unknown>>, userDir?: string): Promise<void> {
    flow = await Flow.load(
      [
        {
          id: 'record',
          type: 'anomaly-record',
          path: 'data/press.csv',
          ...settings,
          wires: [['out'], ['files']],
        },
        { id: 'replay', type: 'anomaly-replay', path: '', speed: '0', wires: [['again'], ['end']] },
        ...['out', 'files', 'again', 'end', 'errors'].map((id) => ({ id, type: 'helper' })),
        { id: 'caught', type: 'catch', scope: null, uncaught: false, wires: [['errors']] },
      ],
      userDir,
    )
  }

  async function arrived(id: string, count: number): Promise<readonly Message[]> {
    for (let i = 0; i < 2000 && flow.at(id).length < count; i++) await sleep(5)
    assert.ok(flow.at(id).length >= count, `${flow.at(id).length} of ${count} messages at ${id}`)
    return flow.at(id)
  }

  const frame = (i: number): Frame => ({
    channels: ['x', 'y'],
    units: ['g', 'g'],
    rate: 100,
    start: 1e12 + 20 * i,
    data: Float32Array.of(i, 0.1 * i, i, -0.1 * i),
    contract: ['source x,y g 100 Hz'],
  })
  const files = (): readonly string[] => {
    const folder = path.join(flow.userDir, 'data')
    return existsSync(folder) ? readdirSync(folder).sort() : []
  }

  it('passes everything, and records between start and stop, below the user directory', async () => {
    await load({ dataLabel: 'normal' })
    const send = (i: number): void => flow.send('record', { topic: 'press', payload: frame(i) })
    send(0)
    flow.send('record', { payload: 'start' })
    send(1)
    flow.send('record', { payload: 'start', label: 'odd' })
    send(2)
    flow.send('record', { topic: 'press', payload: frame(3), label: 'own' })
    await flow.settle()
    flow.send('record', { payload: 'stop' })
    send(4)
    const [file] = await arrived('files', 1)
    assert.equal((await arrived('out', 5)).length, 5)
    assert.deepEqual(files(), [path.basename(String(file!.filename))])
    assert.match(files()[0]!, /^press-press-\d{8}-\d{6}-\d{3}\.csv$/)
    const lines = readFileSync(String(file!.payload), 'utf8').split('\n')
    assert.deepEqual(lines.slice(0, 3), [
      'time,x,y,topic,label',
      '1000000000020,1,0.1,press,normal',
      '1000000000030,1,-0.1,press,normal',
    ])
    assert.deepEqual(lines.slice(3, 7).map((line) => line.split(',')[4]), ['odd', 'odd', 'own', 'own']) // prettier-ignore
    assert.equal(lines.length, 8)
  })

  it('gives back by replay what it recorded: the very same frames, topics and labels', async () => {
    await load({ format: 'ndjson', recording: true })
    const sent = Array.from({ length: 50 }, (_, i) => frame(i))
    for (const one of sent) flow.send('record', { topic: 'press', label: 'odd', payload: one })
    await flow.settle()
    flow.send('record', { payload: 'stop' })
    const [file] = await arrived('files', 1)
    flow.send('replay', { filename: file!.filename })
    await arrived('end', 1)
    assert.deepEqual(flow.at('again').map(({ payload }) => payload), sent) // prettier-ignore
    assert.deepEqual([flow.at('again')[0]!.topic, flow.at('again')[0]!['label']], ['press', 'odd'])
  })

  it('goes on recording after a restart, and completes what a kill left behind', async () => {
    await load({ path: 'data/press' })
    flow.send('record', { payload: 'start', label: 'odd' })
    flow.send('record', { payload: frame(1) })
    await flow.settle()
    const { userDir } = flow
    await flow.unload()
    assert.equal(files().length, 1)
    assert.ok(files()[0]!.endsWith('.csv'))
    mkdirSync(path.join(userDir, 'data'), { recursive: true })
    const left = path.join(userDir, 'data', 'press-1.csv.part')
    writeFileSync(left, 'time,x\n1,2\n3')
    const { utimesSync } = await import('node:fs')
    utimesSync(left, 1e9, 1e9)
    await load({ path: 'data/press' }, userDir)
    flow.send('record', { payload: frame(2) })
    await flow.settle()
    flow.send('record', { payload: 'stop' })
    await arrived('files', 2)
    assert.equal(readFileSync(path.join(userDir, 'data', 'press-1.csv'), 'utf8'), 'time,x\n1,2\n')
    const last = readFileSync(path.join(userDir, 'data', files().at(-1)!), 'utf8')
    assert.match(last, /\n1000000000040,2,0\.2,odd\n/)
  })

  it('passes what cannot be recorded, which is an error, and goes on', async () => {
    await load({ recording: true })
    flow.send('record', { payload: 'abc', _msgid: 'bad' })
    flow.send('record', { payload: 'start', label: [5] })
    flow.send('record', { payload: frame(1) })
    await arrived('out', 2)
    assert.deepEqual(
      flow.at('out').map(({ payload }) => payload),
      ['abc', frame(1)],
    )
    const errors = (await arrived('errors', 2)).map(({ error }) => (error as { message: string }).message)
    assert.match(errors[0]!, /msg\.payload is text but not JSON/)
    assert.match(errors[1]!, /msg\.label must be text/)
    flow.send('record', { payload: 'stop' })
    await arrived('files', 1)
  })

  it('takes numbers and flags as labels, as evaluate does', async () => {
    await load({ recording: true, dataLabel: 'normal' })
    for (const label of [0, true, 'coin', undefined]) flow.send('record', { payload: { x: 1 }, label })
    flow.send('record', { payload: 'start', label: 5 })
    flow.send('record', { payload: { x: 1 } })
    await flow.settle()
    flow.send('record', { payload: 'stop' })
    const [file] = await arrived('files', 1)
    const lines = readFileSync(String(file!.payload), 'utf8').trim().split('\n')
    assert.deepEqual(lines.map((line) => line.split(',').at(-1)), ['label', '0', 'true', 'coin', 'normal', '5']) // prettier-ignore
  })

  it('passes verdicts where files hold windows only', async () => {
    await load({ recording: true, format: 'folder', path: 'data' })
    const verdict = { score: null, isAnomaly: false, reason: 'MACHINE_OFF' } as never
    flow.send('record', { topic: 'press', payload: null, anomaly: verdict })
    flow.send('record', { topic: 'press', payload: 3.2, anomaly: { score: 3.2 } as never })
    flow.send('record', { topic: 'press', payload: frame(1), label: 'odd' })
    const [file] = await arrived('files', 1)
    assert.equal((await arrived('out', 3)).length, 3)
    assert.equal(path.relative(flow.userDir, String(file!.payload)), path.join('data', 'press', 'odd', '0000.csv')) // prettier-ignore
    assert.deepEqual([flow.at('files').length, flow.at('errors')], [1, []])
  })

  it('completes a file that is old enough though nothing more arrives', async () => {
    await load({ recording: true, maxMinutes: String(0.3 / 60) })
    flow.send('record', { payload: frame(1) })
    const [file] = await arrived('files', 1)
    assert.match(readFileSync(String(file!.payload), 'utf8'), /^time,x,y,label\n1000000000020,1,0\.1,\n/)
  })

  it('says that it cannot write, as an error of the message, and stops recording', async () => {
    await load({ path: 'file/data', recording: true })
    writeFileSync(path.join(flow.userDir, 'file'), 'not a folder')
    flow.send('record', { payload: frame(1), _msgid: 'first' })
    const [error] = await arrived('errors', 1)
    assert.equal(error!._msgid, 'first')
    assert.match(
      (error!['error'] as { message: string }).message,
      /folder .*file cannot be made.*may write there/,
    )
    flow.send('record', { payload: frame(2) })
    await arrived('out', 2)
    assert.equal(flow.at('errors').length, 1)
  })
})
