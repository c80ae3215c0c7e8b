import assert from 'node:assert/strict'
import fs, {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { DeviceError } from '../../../src/core/errors'
import type { Encoded } from '../../../src/core/record/encode'
import { Recorder, type RecorderSettings } from '../../../src/model/recording/recorder'
import { realRecordingDisk, type RecordingDisk } from '../../../src/model/recording/recording-disk'

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)

function rows(text: string, header = 'time,x\n'): Encoded {
  return { kind: 'rows', header, text }
}

/** A real disk on which only so many more bytes find room. */
function smallDisk(room: number): RecordingDisk {
  let left = room
  return {
    ...realRecordingDisk,
    async create(file) {
      const real = await realRecordingDisk.create(file)
      return {
        ...real,
        async write(bytes, offset) {
          const fitting = Math.min(bytes.length - offset, left)
          if (fitting === 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
          left -= fitting
          return real.write(bytes.slice(0, offset + fitting), offset)
        },
      }
    },
  }
}

describe('recorder', () => {
  let folder: string
  let completed: string[]
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'anomaly-record-'))
    completed = []
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function recorderOf(settings: Partial<RecorderSettings> = {}, disk?: RecordingDisk): Recorder {
    const all = {
      format: 'csv',
      path: path.join(folder, 'in', 'fan'),
      maxBytes: 0,
      maxAge: 0,
      ...settings,
    } as const
    return new Recorder(all, (file) => completed.push(path.relative(folder, file)), disk)
  }

  const names = (): readonly string[] =>
    existsSync(path.join(folder, 'in')) ? readdirSync(path.join(folder, 'in')).sort() : []
  const read = (name: string): string => readFileSync(path.join(folder, 'in', name), 'utf8')

  it('writes a file under its name only when it is complete', async () => {
    const recorder = recorderOf()
    await recorder.write(rows('1,2\n'), '', '', NOW)
    assert.deepEqual(names(), ['fan-20260102-030405-000.csv.part'])
    assert.equal(read('fan-20260102-030405-000.csv.part'), 'time,x\n1,2\n')
    await recorder.write(rows('2,3\n'), '', '', NOW)
    await recorder.stop()
    assert.deepEqual(names(), ['fan-20260102-030405-000.csv'])
    assert.equal(read('fan-20260102-030405-000.csv'), 'time,x\n1,2\n2,3\n')
    assert.deepEqual(completed, [path.join('in', 'fan-20260102-030405-000.csv')])
  })

  it('keeps the order of what arrives while the disk is busy', async () => {
    const recorder = recorderOf()
    const writes = Array.from({ length: 500 }, (_, i) => recorder.write(rows(`${i}\n`), '', '', NOW))
    await Promise.all(writes)
    await recorder.stop()
    assert.equal(read(names()[0]!), `time,x\n${Array.from({ length: 500 }, (_, i) => `${i}\n`).join('')}`)
  })

  it('begins a new file when one is large or old enough, and never tears a line', async () => {
    const bySize = recorderOf({ maxBytes: 30 })
    await Promise.all(
      ['aaaaaaaaaa\n', 'bbbbbbbbbb\n', 'cccccccccc\n'].map((text) => bySize.write(rows(text), '', '', NOW)),
    )
    await bySize.stop()
    assert.deepEqual(names().map(read), ['time,x\naaaaaaaaaa\nbbbbbbbbbb\n', 'time,x\ncccccccccc\n'])
    rmSync(path.join(folder, 'in'), { recursive: true })
    const byAge = recorderOf({ maxAge: 60_000 })
    for (const seconds of [0, 30, 60, 90])
      await byAge.write(rows(`${seconds}\n`), '', '', NOW + 1000 * seconds)
    await byAge.stop()
    assert.deepEqual(names(), ['fan-20260102-030405-000.csv', 'fan-20260102-030505-000.csv'])
    assert.equal(read('fan-20260102-030505-000.csv'), 'time,x\n60\n90\n')
  })

  it('gives topics, kinds and columns files of their own, whatever a topic is called', async () => {
    const recorder = recorderOf()
    await recorder.write(rows('1\n'), '../../etc/passwd', '', NOW)
    await recorder.write(rows('2\n'), 'hall/fan', '', NOW)
    await recorder.write({ kind: 'verdicts', header: 'v\n', text: '3\n' }, 'hall/fan', '', NOW)
    await recorder.write(rows('4\n', 'time,y\n'), 'hall/fan', '', NOW)
    await recorder.stop()
    assert.deepEqual(names(), [
      'fan-_etc_passwd-20260102-030405-000.csv',
      'fan-hall_fan-20260102-030405-000.csv',
      'fan-hall_fan-20260102-030405-001.csv',
      'fan-hall_fan-verdicts-20260102-030405-000.csv',
    ])
    assert.deepEqual(readdirSync(folder), ['in'])
  })

  it('when the disk is full: says so, keeps every line of before, and takes no more', async () => {
    // Header 7 bytes, three lines of 10; the third finds room for 5 of its bytes.
    const recorder = recorderOf({}, smallDisk(7 + 25))
    await recorder.write(rows('aaaaaaaaa\n'), '', '', NOW)
    await recorder.write(rows('bbbbbbbbb\n'), '', '', NOW)
    const isFull = (error: unknown): boolean =>
      error instanceof DeviceError && /^fan: the disk is full, so recording has stopped/.test(error.message)
    await assert.rejects(recorder.write(rows('ccccccccc\n'), '', '', NOW), isFull)
    assert.deepEqual(names(), ['fan-20260102-030405-000.csv'])
    assert.equal(read('fan-20260102-030405-000.csv'), 'time,x\naaaaaaaaa\nbbbbbbbbb\n')
    await assert.rejects(recorder.write(rows('d\n'), '', '', NOW), isFull)
    await recorder.stop()
    assert.deepEqual(completed, [path.join('in', 'fan-20260102-030405-000.csv')])
  })

  it('leaves nothing behind where the disk is full at once', async () => {
    const recorder = recorderOf({}, smallDisk(3))
    await assert.rejects(recorder.write(rows('a\n'), '', '', NOW), DeviceError)
    assert.deepEqual(names(), [])
  })

  it('completes after a power cut what was being written, without the line that is torn', async () => {
    mkdirSync(path.join(folder, 'in'))
    const leave = (name: string, text: string, age: number): void => {
      const file = path.join(folder, 'in', name)
      writeFileSync(file, text)
      utimesSync(file, (NOW - age) / 1000, (NOW - age) / 1000)
    }
    leave('fan-1.csv.part', 'time,x\n1,2\n3,', 60_000)
    leave('fan-2.csv.part', 'tim', 60_000)
    leave('fan-3.csv.part', 'time,x\n1,2\n', -1000)
    leave('pump-1.csv.part', 'time,x\n1,2\n3,', 60_000)
    leave('fan-4.csv.part', `time\n${'x'.repeat(200_000)}\n${'y'.repeat(100_000)}`, 60_000)
    await recorderOf().recover(NOW)
    assert.deepEqual(names(), ['fan-1.csv', 'fan-3.csv.part', 'fan-4.csv', 'pump-1.csv.part'])
    assert.equal(read('fan-1.csv'), 'time,x\n1,2\n')
    assert.equal(read('fan-4.csv').length, 200_006)
    assert.deepEqual(
      completed.sort(),
      ['fan-1.csv', 'fan-4.csv'].map((name) => path.join('in', name)),
    )
  })

  it('completes files by their age without another line', async () => {
    const recorder = recorderOf({ maxAge: 60_000 })
    await recorder.write(rows('1\n'), 'a', '', NOW)
    await recorder.write(rows('2\n'), 'b', '', NOW + 30_000)
    await recorder.finishOld(NOW + 59_999)
    assert.deepEqual(completed, [])
    await Promise.all([recorder.finishOld(NOW + 60_000), recorder.write(rows('3\n'), 'a', '', NOW + 60_000)])
    assert.deepEqual(completed, [path.join('in', 'fan-a-20260102-030405-000.csv')])
    await recorder.stop()
    assert.deepEqual(names(), [
      'fan-a-20260102-030405-000.csv',
      'fan-a-20260102-030505-000.csv',
      'fan-b-20260102-030435-000.csv',
    ])
    assert.equal(read('fan-a-20260102-030505-000.csv'), 'time,x\n3\n')
  })

  it('never writes a numbered file over that of another recorder', async () => {
    const window = (text: string): Encoded => ({ kind: 'window', header: '', text })
    const [one, other] = [recorderOf({ format: 'folder' }), recorderOf({ format: 'folder' })]
    await one.write(window('1\n'), '', '', NOW)
    await other.write(window('2\n'), '', '', NOW)
    await one.write(window('3\n'), '', '', NOW)
    await Promise.all([one.write(window('4\n'), '', '', NOW), other.write(window('5\n'), '', '', NOW)])
    const files = readdirSync(path.join(folder, 'in', 'fan')).sort()
    assert.deepEqual(files, ['0000.csv', '0001.csv', '0002.csv', '0003.csv', '0004.csv'])
    const texts = files.map((name) => read(`fan/${name}`))
    assert.deepEqual(texts.slice(0, 3), ['1\n', '2\n', '3\n'])
    assert.deepEqual(texts.slice(3).sort(), ['4\n', '5\n'])
  })

  it('numbers files on a memory stick without links, too', async () => {
    const { link } = fs.promises
    fs.promises.link = () => Promise.reject(Object.assign(new Error('no links'), { code: 'EPERM' }))
    try {
      const recorder = recorderOf({ format: 'folder' })
      mkdirSync(path.join(folder, 'in', 'fan'), { recursive: true })
      writeFileSync(path.join(folder, 'in', 'fan', '0000.csv'), 'old')
      await recorder.write({ kind: 'window', header: '', text: '1\n' }, '', '', NOW)
      assert.deepEqual(readdirSync(path.join(folder, 'in', 'fan')).sort(), ['0000.csv', '0001.csv'])
    } finally {
      fs.promises.link = link
    }
  })

  it('removes after a kill what was to become a numbered file', async () => {
    const inside = path.join(folder, 'in', 'fan', 'press', 'odd')
    mkdirSync(inside, { recursive: true })
    const left = ['0007.csv.999999999-0123456789ab.tmp', '0006.csv', 'note.tmp']
    for (const name of left) writeFileSync(path.join(inside, name), '')
    await recorderOf({ format: 'folder' }).recover(NOW)
    assert.deepEqual(readdirSync(inside).sort(), ['0006.csv', 'note.tmp'])
  })

  it('writes numbered files, in a folder for each topic and in it for each label, after those that are there', async () => {
    mkdirSync(path.join(folder, 'in', 'fan'), { recursive: true })
    writeFileSync(path.join(folder, 'in', 'fan', '0041.csv'), '')
    const recorder = recorderOf({ format: 'folder' })
    const window: Encoded = { kind: 'window', header: '', text: '1, 2, 3\n' }
    await Promise.all([recorder.write(window, '', '', NOW), recorder.write(window, '', '', NOW)])
    await recorder.write(window, '', 'coin on/..', NOW)
    await recorder.write(window, '../hall', 'coin', NOW)
    await recorder.write(window, '../hall', '', NOW)
    await recorder.stop()
    assert.deepEqual(completed, ['fan/0042.csv', 'fan/0043.csv', 'fan/coin_on_/0000.csv', 'fan/_hall/coin/0000.csv', 'fan/_hall/0000.csv'].map((name) => path.join('in', name))) // prettier-ignore
    assert.equal(read('fan/0043.csv'), '1, 2, 3\n')
    writeFileSync(path.join(folder, 'in', 'fan', '9999.csv'), '')
    await assert.rejects(
      recorderOf({ format: 'folder' }).write(window, '', '', NOW),
      /holds 10000 files already/,
    )
  })

  it('refuses more than it can keep in memory where the disk is too slow', async () => {
    let release = (): void => undefined
    const slow: RecordingDisk = {
      ...realRecordingDisk,
      create: async (file) => {
        await new Promise<void>((resolve) => (release = resolve))
        return realRecordingDisk.create(file)
      },
    }
    const recorder = recorderOf({}, slow)
    const first = recorder.write(rows('a\n'), '', '', NOW)
    await new Promise((resolve) => setTimeout(resolve, 20))
    const large = rows(`${'x'.repeat(40_000_000)}\n`)
    const second = recorder.write(large, '', '', NOW)
    await assert.rejects(recorder.write(large, '', '', NOW), /the disk is slower than what arrives/)
    release()
    await Promise.all([first, second])
    await recorder.stop()
  })
})
