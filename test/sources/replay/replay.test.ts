import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { ConfigError, DeviceError, InputError } from '../../../src/core/errors'
import { spanOf } from '../../../src/core/frame'
import { encode } from '../../../src/core/record/encode'
import { WindowStage } from '../../../src/core/window'
import { toWire } from '../../../src/core/wire'
import { Replay, type ReplayItem } from '../../../src/sources/replay/replay'
import { readReplaySettings } from '../../../src/sources/replay/settings'

const NOW = 1_700_000_000_000

describe('replay', () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'anomaly-replay-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  function write(name: string, text: string): void {
    const file = path.join(folder, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }

  function open(settings: Readonly<Record<string, unknown>>, name = ''): Replay {
    return new Replay(path.join(folder, name), readReplaySettings(settings), NOW)
  }

  async function all(replay: Replay, most = Infinity): Promise<ReplayItem[]> {
    const items: ReplayItem[] = []
    for await (const item of replay.items()) {
      items.push(item)
      if (items.length >= most) break
    }
    return items
  }

  /** Windows that lie behind the replay. */
  function windows(items: readonly ReplayItem[], rows: number): readonly number[][] {
    const extent = { value: rows, unit: 'samples' } as const
    const stage = new WindowStage({ length: extent, hop: extent })
    return items.flatMap(({ frame }) => stage.push(frame!)).map(({ data }) => [...data])
  }

  it('gives a table with times back as a source would have sent it', async () => {
    write('a.csv', 'time,temp,note,pressure\n1000.0,20.5,ok,5\n1000.5,21,,6\n1001,"21,5",x,7\n')
    const channels = [{ name: 'temp', unit: '°C' }, { name: 'p', unit: 'Pa', from: 'pressure', scale: '1000', offset: '1' }] // prettier-ignore
    const items = await all(open({ channels, rate: '2', batch: '2' }))
    assert.deepEqual(items.map(({ frame }) => [...frame!.data]), [[20.5, 5001, 21, 6001], [21.5, 7001]]) // prettier-ignore
    const { channels: names, units, rate, start, contract } = items[0]!.frame!
    assert.deepEqual([names, units, rate, start], [['temp', 'p'], ['°C', 'Pa'], 2, 1_000_000])
    assert.deepEqual(contract, ['source temp,p °C,Pa 2 Hz'])
    assert.deepEqual(items.map(({ due }) => due), [1_001_000, 1_001_500]) // prettier-ignore
    assert.equal(items[0]!.frame!.data.byteLength, items[0]!.frame!.data.buffer.byteLength)
  })

  it('keeps the times of rows where no rate is set', async () => {
    write('a.csv', 'timestamp;x\n2026-01-01 00:00:00;1\n2026-01-01 00:00:01.5;2\n2026-01-01T00:00:07Z;3\n')
    const [item] = await all(open({ batch: '10' }))
    const first = Date.UTC(2026, 0, 1)
    assert.deepEqual([...item!.frame!.times!], [first, first + 1500, first + 7000])
    assert.equal(item!.frame!.rate, undefined)
  })

  it('takes a folder of numbered files as recordings of their own: no window spans two', async () => {
    for (let file = 0; file < 12; file++) {
      const rows = Array.from({ length: 5 }, (_, row) => `${file}, ${row}, 1`)
      write(`fan/low/${String(file).padStart(4, '0')}.csv`, `${rows.join('\n')}\n`)
    }
    const channels = ['ax', 'ay', 'az'].map((name) => ({ name, unit: 'g' }))
    const replay = open({ channels, rate: '200', batch: '2', labelByFolder: true }, 'fan')
    const items = await all(replay)
    assert.deepEqual(new Set(items.map(({ label }) => label)), new Set(['low']))
    const cut = windows(items, 5)
    assert.equal(cut.length, 12)
    cut.forEach((data, file) => assert.deepEqual(data, [0, 1, 2, 3, 4].flatMap((row) => [file, row, 1]))) // prettier-ignore
    // 12 recordings of 25 ms: nobody waits for the time that was put between them.
    assert.equal(items.at(-1)!.due! - NOW, 300)
    assert.deepEqual([replay.progress.rows, replay.progress.files, replay.progress.done], [60, 12, 1])
  })

  it('never lets windows cross a change of the group, though times go on', async () => {
    const rows = Array.from({ length: 30 }, (_, i) => `${1000 + i},${Math.floor(i / 10)},${i}`)
    write('a.csv', `time,run,x\n${rows.join('\n')}\n`)
    const items = await all(open({ rate: '1', group: 'run', batch: '4' }))
    const cut = windows(items, 8)
    assert.deepEqual(cut.map((data) => data[0]), [0, 10, 20]) // prettier-ignore
    assert.deepEqual(cut[1], [10, 11, 12, 13, 14, 15, 16, 17])
    assert.deepEqual(items[0]!.frame!.channels, ['x'])
  })

  it('takes the begin of a recorded window for no channel; as the group it parts overlapping windows', async () => {
    const rows = [0, 1, 2, 3].flatMap((w) => [0, 1].map((i) => `${1000 + w + i},${w + i},${1000 + w},ok`))
    write('a.csv', `time,x,window_start,label\n${rows.join('\n')}\n`)
    const items = await all(open({ rate: '1', group: 'window_start', batch: '2' }))
    assert.deepEqual(items[0]!.frame!.channels, ['x'])
    assert.deepEqual(windows(items, 2), [[0, 1], [1, 2], [2, 3], [3, 4]]) // prettier-ignore
    assert.deepEqual((await all(open({ rate: '1' })))[0]!.frame!.channels, ['x'])
  })

  it('goes on over files whose times go on', async () => {
    write('a.csv', `time,x\n${[0, 1, 2, 3].map((i) => `${1000 + i},${i}`).join('\n')}\n`)
    write('b.csv', `time,x\n${[4, 5, 6, 7].map((i) => `${1000 + i},${i}`).join('\n')}\n`)
    assert.deepEqual(windows(await all(open({ rate: '1' })), 8), [[0, 1, 2, 3, 4, 5, 6, 7]])
  })

  it('cuts windows where samples are missing or time runs backwards', async () => {
    const times = [0, 1, 2, 3, 100, 101, 102, 103, 50, 51, 52, 53]
    write('a.csv', `time,x\n${times.map((time, i) => `${1000 + time},${i}`).join('\n')}\n`)
    assert.deepEqual(windows(await all(open({ rate: '1', batch: '6' })), 4), [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]) // prettier-ignore
  })

  it('begins again from the first file, with times that go on', async () => {
    write('a.csv', `time,x\n${[0, 1, 2, 3].map((i) => `${1000 + i},${i}`).join('\n')}\n`)
    const items = await all(open({ rate: '1', batch: '4', loop: true }), 3)
    assert.deepEqual(items.map(({ frame }) => frame!.start), [1_000_000, 1_103_000, 1_206_000]) // prettier-ignore
    assert.deepEqual(items.map(({ due }) => due), [1_004_000, 1_007_000, 1_010_000]) // prettier-ignore
  })

  it('can begin now', async () => {
    write('a.csv', 'time,x\n1000,1\n1003,2\n')
    const items = await all(open({ times: 'now', batch: '1' }))
    assert.deepEqual(items.map(({ frame }) => frame!.start), [NOW, NOW + 3000]) // prettier-ignore
  })

  it('gives each row its label, and cuts frames where it changes', async () => {
    write('a.csv', `time,x,label\n1,1,normal\n2,2,normal\n3,3,spike\n4,4,spike\n5,5,normal\n`)
    const items = await all(open({ rate: '1', batch: '10' }))
    assert.deepEqual(items.map(({ label, frame }) => [label, [...frame!.data]]), [['normal', [1, 2]], ['spike', [3, 4]], ['normal', [5]]]) // prettier-ignore
  })

  it('takes the lines asked for, and leaves out and counts those that are broken', async () => {
    write('log.txt', '0,1733.5,1,2,3\n1,1733.5,9,9,9\n0,1733.6,4,x,6\n0,1733.7,7,8\n0,1733.8,7,8,9\n')
    const channels = ['gx', 'gy', 'gz'].map((name, i) => ({ name, from: String(i + 3) }))
    const replay = open({ channels, timeColumn: '2', filter: '1=0', batch: '10' })
    const [item, missing, last] = await all(replay)
    assert.deepEqual([...item!.frame!.data], [1, 2, 3])
    assert.deepEqual([...last!.frame!.data], [7, 8, 9])
    assert.deepEqual([missing!.anomaly!.reason, missing!.anomaly!.detail], ['DROPOUT', '4 has no value in 1 recorded rows']) // prettier-ignore
    assert.deepEqual([item, last].map((one) => Math.round(one!.frame!.times![0]!)), [1_733_500, 1_733_800]) // prettier-ignore
    assert.equal(replay.progress.bad, 2)
    assert.match(replay.progress.firstError!.message, /^log\.txt, channel 4, row 2 is the text "x"/)
  })

  it('tells of a channel without a value by DROPOUT, and of lines in a row by one', async () => {
    write('a.csv', 'time,x,y,label\n1,1,1,ok\n2,2,,ok\n3,3,NaN,ok\n4,4,4,ok\n5,,5,odd\n')
    const replay = open({ rate: '1', batch: '10' })
    const items = await all(replay)
    assert.deepEqual(items.map(({ frame, anomaly, label }) => [frame === undefined ? anomaly!.reason : [...frame.data], anomaly?.detail, label]), [
      [[1, 1], undefined, 'ok'],
      ['DROPOUT', 'y has no value in 2 recorded rows', 'ok'],
      [[4, 4], undefined, 'ok'],
      ['DROPOUT', 'x has no value in 1 recorded rows', 'odd'],
    ]) // prettier-ignore
    assert.deepEqual(items[1]!.anomaly!.window, { start: 2000, end: 4000 })
    assert.deepEqual(items[1]!.anomaly!.contract, ['source x,y 1 Hz'])
    assert.deepEqual([replay.progress.rows, replay.progress.bad], [2, 3])
  })

  it('lets no window cross a line that is left out where there are no times', async () => {
    write(
      'a.csv',
      `x,y\n${[0, 1, 2, 3].map((i) => `${i},0`).join('\n')}\n4,\n5,0\n6,0,0\n${[7, 8, 9, 10].map((i) => `${i},0`).join('\n')}\n`,
    )
    const items = (await all(open({ rate: '1' }))).filter(({ frame }) => frame !== undefined)
    assert.deepEqual(windows(items, 4).map((data) => data.filter((_, i) => i % 2 === 0)), [[0, 1, 2, 3], [7, 8, 9, 10]]) // prettier-ignore
  })

  it('reads UTF-16, and what is no UTF-8 as Windows-1252', async () => {
    const table = 'time;temp °C;label\n1;20,5;schön\n'
    const texts = {
      'le.csv': Buffer.from(`\uFEFF${table}`, 'utf16le'),
      'be.csv': Buffer.from(`\uFEFF${table}`, 'utf16le').swap16(),
      'latin.csv': Buffer.from(table, 'latin1'),
      'utf8.csv': Buffer.from(`\uFEFF${table}`),
    }
    for (const [name, bytes] of Object.entries(texts)) {
      writeFileSync(path.join(folder, name), bytes)
      const [item] = await all(open({ rate: '1' }, name))
      assert.deepEqual([item!.frame!.channels, [...item!.frame!.data], item!.label], [['temp °C'], [20.5], 'schön'], name) // prettier-ignore
    }
  })

  it('reads a label with a line feed in it; a stray quote costs its line alone', async () => {
    write('a.csv', 'time,x,label\n1,1,"coin\non"\n2,2,normal\n')
    const items = await all(open({ rate: '1' }))
    assert.deepEqual(items.map(({ label, frame }) => [label, [...frame!.data]]), [['coin\non', [1]], ['normal', [2]]]) // prettier-ignore
    const rows = Array.from({ length: 300 }, (_, i) => `${i},${i === 10 ? '"' : ''}${i}`)
    write('a.csv', `time,x\n${rows.join('\n')}\n`)
    const replay = open({ rate: '1', batch: '1000' })
    await all(replay)
    assert.ok(replay.progress.rows >= 298, String(replay.progress.rows))
  })

  it('takes the last line of names before the data for the header, whatever title stands above it', async () => {
    for (const title of ['Logger 5', 'Logger 5, hall 2', 'Export;all', '"Logger"']) {
      write('a.csv', `${title}\n\ntime,x,y\n1,5,6\n2,7,8\n`)
      const [item] = await all(open({ rate: '1', batch: '2' }))
      assert.deepEqual(
        [item!.frame!.channels, [...item!.frame!.data]],
        [
          ['x', 'y'],
          [5, 6, 7, 8],
        ],
        title,
      )
    }
    write('a.csv', 'level\n1,5\n2,5\n')
    const [item] = await all(open({ rate: '1', batch: '2' }))
    assert.deepEqual([item!.frame!.channels, [...item!.frame!.data]], [['level'], [1.5, 2.5]])
    write('a.csv', 'fan 1 2\nfan 3 4\n')
    const [headless] = await all(open({ rate: '1', batch: '2' }))
    assert.deepEqual([...headless!.frame!.data], [1, 2, 3, 4])
  })

  it('tells the first bad line where nothing is left, and while it reads', async () => {
    write('a.csv', 'time,x\n1,a\nb,2\n')
    await assert.rejects(all(open({ rate: '1', timeColumn: 'time', channels: [{ name: 'x' }] })), /holds no row that could be replayed; the first line left out: a\.csv, channel x, row 1 is the text "a"/) // prettier-ignore
    write('a.csv', `time,x\nb,2\n${Array.from({ length: 20_000 }, (_, i) => `${i},${i}`).join('\n')}\n`)
    const replay = open({ rate: '1' })
    await all(replay, 1)
    assert.match(replay.progress.firstError!.message, /^a\.csv, channel time, row 1 is the text "b"/)
  })

  it('takes a recorded table of verdicts back as verdicts', async () => {
    const anomaly = { score: 3.5, threshold: 2, pValue: 0.01, isAnomaly: true, reason: 'ANOMALY', inSample: false, window: { start: 1000, end: 2000 }, contract: ['scores'], detector: 'limits', detail: 'a, b' } as const // prettier-ignore
    const off = { ...anomaly, score: null, threshold: null, pValue: null, isAnomaly: false, reason: 'MACHINE_OFF' } as const // prettier-ignore
    const lines = [anomaly, off].map((one) => encode({ topic: 'hall/fan', label: 'coin', payload: one.score, anomaly: one, now: 0 }, 'csv')) // prettier-ignore
    write('a-verdicts.csv', `${lines[0]!.header}${lines[0]!.text}x,y\n${lines[1]!.text}`)
    const replay = open({})
    const items = await all(replay)
    assert.deepEqual(items.map(({ anomaly: one, topic, label }) => [one, topic, label]), [[anomaly, 'hall/fan', 'coin'], [off, 'hall/fan', 'coin']]) // prettier-ignore
    assert.deepEqual([items[0]!.due, replay.progress.bad], [2000, 1])
  })

  it('gives back the topics of recorded tables', async () => {
    for (const topic of ['hall/fan', 'press']) {
      const frame = { channels: ['x'], rate: 1, start: 1e12, data: Float32Array.of(1, 2) }
      const { header, text } = encode({ topic, label: 'ok', payload: frame, now: 0 }, 'csv')
      write(`${topic.replace('/', '_')}.csv`, header + text)
    }
    const items = await all(open({ rate: '1', batch: '2' }))
    assert.deepEqual(items.map(({ topic, frame }) => [topic, frame!.channels]), [['hall/fan', ['x']], ['press', ['x']]]) // prettier-ignore
  })

  it('reads folders in folders, and tells what lies too deep', async () => {
    write('a/b/c/d/1.csv', 'x\n1\n')
    write(`${'deep/'.repeat(20)}2.csv`, 'x\n2\n')
    const replay = open({ rate: '1' })
    assert.equal((await all(replay)).length, 1)
    assert.equal(replay.progress.leftOut, 1)
  })

  it('takes recorded messages back: frames as they were, verdicts, topics and labels', async () => {
    const frame = { channels: ['a.rms'], start: 5000, end: 6000, data: Float32Array.of(0.1), contract: ['source a', 'window 5'] } // prettier-ignore
    const window = { start: 7000, end: 8000 }
    const verdict = { score: 3, threshold: 2, pValue: 0.1, isAnomaly: true, reason: 'ANOMALY', inSample: false, window, contract: ['x'] } // prettier-ignore
    write('a.ndjson', [{ topic: 'fan', label: 'coin', frame: toWire(frame) }, { topic: 'fan', anomaly: verdict }, '{', { x: 1, y: 2 }].map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')) // prettier-ignore
    const replay = open({})
    const [first, second, third] = await all(replay)
    assert.deepEqual(first!.frame, frame)
    assert.deepEqual([first!.topic, first!.label, first!.due], ['fan', 'coin', 6000])
    assert.deepEqual([second!.anomaly, second!.due], [verdict, 8000])
    assert.deepEqual([[...third!.frame!.data], third!.due], [[1, 2], undefined])
    assert.match(replay.progress.firstError!.message, /^a\.ndjson:3 is text but not JSON/)
  })

  it('replays overlapping recorded windows of several streams without moving them', async () => {
    const lines = Array.from({ length: 40 }, (_, i) => {
      const start = 1000 + 500 * Math.floor(i / 2) - (i % 2) * 300
      return JSON.stringify({ topic: `s${i % 2}`, frame: toWire({ channels: ['x'], rate: 4, start, data: Float32Array.of(1, 2, 3, 4) }) }) // prettier-ignore
    })
    write('a.ndjson', lines.join('\n'))
    const items = await all(open({}))
    assert.equal(items[38]!.frame!.start, 1000 + 500 * 19)
    assert.equal(spanOf(items[0]!.frame!).end, items[0]!.due)
  })

  it('reads a file larger than memory should hold row by row, in constant memory', async () => {
    const row = `${'0.123456,'.repeat(19)}0.5\n`
    write('big.csv', row.repeat(50_000))
    let largest = 0
    let rows = 0
    for await (const { frame } of open({ rate: '100' }).items()) {
      largest = Math.max(largest, frame!.data.length)
      rows += frame!.data.length / 20
    }
    assert.equal(rows, 50_000)
    assert.equal(largest, 200)
  })

  it('says what is missing: file, recordings, column, times, rows', async () => {
    const refused = (
      kind: typeof DeviceError | typeof InputError,
      text: RegExp,
      replay: Replay,
    ): Promise<void> =>
      assert.rejects(all(replay), (error: unknown) => error instanceof kind && text.test(error.message))
    await refused(DeviceError, /^none\.csv does not exist/, open({}, 'none.csv'))
    await refused(DeviceError, /holds no recording/, open({}))
    write('a.csv', 'x,y\n1,2\n')
    await refused(InputError, /^a\.csv has no column z \(it has x, y\)/, open({ rate: 1, group: 'z' }))
    await refused(InputError, /has no times: set the rate/, open({}))
    assert.equal((await all(open({ speed: '0' }))).length, 1)
    write('a.csv', 'x,y\n')
    await refused(DeviceError, /holds no row that could be replayed/, open({ rate: 1, loop: true }))
    assert.throws(() => readReplaySettings({ speed: -1 }), ConfigError)
    assert.throws(() => readReplaySettings({ filter: 'x' }), ConfigError)
  })

  it('takes the files of other systems as they are (skipped without ../shared)', async function () {
    const reference = path.resolve(__dirname, '../../../../shared/reference')
    const { existsSync } = await import('node:fs')
    if (!existsSync(reference)) return this.skip()
    const one = async (file: string, settings: Readonly<Record<string, unknown>>): Promise<ReplayItem[]> =>
      all(new Replay(path.join(reference, file), readReplaySettings(settings), NOW))
    const fan = await one('system1/csv/low0_0000.csv', { rate: '200', batch: '1000' })
    assert.deepEqual([fan.length, fan[0]!.frame!.data.length], [1, 600])
    const sensad = await one('system3/train.csv', { rate: '1', batch: '1000' })
    assert.deepEqual(sensad[0]!.frame!.channels, ['temp', 'pressure', 'vibration'])
    assert.equal(sensad.reduce((sum, { frame }) => sum + frame!.data.length / 3, 0), 240) // prettier-ignore
    const metrics = await one('system4/system_metrics_dynamic.csv', { batch: '1000' })
    assert.equal(metrics.reduce((sum, { frame }) => sum + frame!.data.length / 4, 0), 1700) // prettier-ignore
    const order = await one('system4/input_data.txt', { rate: '1', channels: [{ name: 'load' }, { name: 'frequency' }] }) // prettier-ignore
    assert.deepEqual(Array.from(order[0]!.frame!.data), [40, 2000])
  })

  it('takes a data_log of raw gyroscope lines as it is (skipped without ../shared)', async function () {
    const folder = path.resolve(__dirname, '../../../../shared/data/gyro_fan')
    const { existsSync, readFileSync } = await import('node:fs')
    if (!existsSync(folder)) return this.skip()
    const file = path.join(folder, 'data_log_ventilatoreB_V1_Still.txt')
    const lines = readFileSync(file, 'utf8').trim().split('\n').map((line) => line.split(',').map(Number)) // prettier-ignore
    const channels = ['gx', 'gy', 'gz'].map((name) => ({ name }))
    for (const category of [0, 1, 2]) {
      const settings = { timeColumn: '2', filter: `1=${category}`, channels, batch: '100000' }
      const items = await all(new Replay(file, readReplaySettings(settings), NOW))
      const expected = lines.filter(([first]) => first === category)
      const values = items.flatMap(({ frame }) => Array.from(frame!.data))
      assert.deepEqual(values, expected.flatMap((line) => line.slice(2))) // prettier-ignore
      const times = items.flatMap(({ frame }) => Array.from(frame!.times!))
      times.forEach((time, i) => assert.ok(Math.abs(time - expected[i]![1]! * 1000) < 1e-3))
    }
  })
})
