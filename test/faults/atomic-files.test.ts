import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { DeviceError, InputError } from '../../src/core/errors'
import { readSealedSync, sweepTemporaryFiles, writeAtomic, writeSealed } from '../../src/model/atomic-file'
import { Bundle } from '../../src/model/bundle'
import type { Disk } from '../../src/model/disk'
import { openSeal } from '../../src/model/seal'
import { PowerCutDisk } from '../model/power-cut-disk'
import { temporaryFolder } from '../model/temporary-folder'

const SAVER = path.resolve(__dirname, '../model/saver-process.ts')
const LEARNER = path.resolve(__dirname, '../model/learner-process.ts')
const FILES = 4

interface Child {
  readonly process: ChildProcess
  /** For each of its files or streams, the number of the last save that it reported. */
  readonly acknowledged: ReadonlyMap<string, number>
  readonly reports: () => number
}

/** A process that says `<file or stream> <number>` for each save that is done. */
function startChild(script: string, ...args: readonly string[]): Child {
  const child = spawn(process.execPath, ['--require', 'tsx/cjs', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged = new Map<string, number>()
  let reports = 0
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    const lines = (text + chunk.toString()).split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) {
      const [name = '', n] = line.split(' ')
      acknowledged.set(name, Number(n))
      reports++
    }
  })
  return { process: child, acknowledged, reports: () => reports }
}

/** Lets it work until it has reported so many saves, and a moment more; then kills it. */
async function killAfter(child: Child, reports: number, moment: number): Promise<void> {
  while (child.reports() < reports) await new Promise((resolve) => setTimeout(resolve, moment))
  child.process.kill('SIGKILL')
  await once(child.process, 'close')
}

describe('files under fault', () => {
  let folder = ''
  beforeEach(() => {
    folder = temporaryFolder()
  })
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

  it('kill -9 while saving: no file is torn, nothing acknowledged is lost, no temporary file stays', async function () {
    this.timeout(120_000)
    let saves = 0
    let left = 0
    for (let kill = 0; kill < 12 || saves < 200; kill++) {
      const child = startChild(SAVER, folder, String(FILES), '140000', '0')
      // Each time a little later, so that the kills fall on all parts of a save.
      await killAfter(child, 8 + kill, 1 + (kill % 5))
      saves += child.reports()
      for (const [file, n] of child.acknowledged) {
        const document = readSealedSync(path.join(folder, `${file}.json`), 'test/1') as {
          n: number
          payload: string
        }
        assert.ok(document.n >= n, `save ${n} was acknowledged, ${document.n} is there`)
        assert.equal(document.payload.length, 140_000)
      }
      left += sweepTemporaryFiles(folder)
      const names = fs.readdirSync(folder)
      assert.ok(
        names.every((name) => /^\d\.json$/.test(name)),
        names.join(' '),
      )
    }
    assert.ok(saves >= 200)
    assert.ok(left > 0, 'no kill fell into a save: this test shows nothing')
  })

  it('kill -9 while a bundle learns: every stream has the version that was acknowledged or a later one, whole', async function () {
    this.timeout(120_000)
    for (let kill = 0; kill < 8; kill++) {
      const child = startChild(LEARNER, folder, '3')
      await killAfter(child, 9 + kill, 1 + (kill % 5))
      const bundle = Bundle.open(folder, 'fans', { versionsKept: 2 })
      for (const [stream, version] of child.acknowledged) {
        const manifest = bundle.current({ topic: `t${stream}` })
        assert.ok(
          (manifest?.version ?? 0) >= version,
          `version ${version} was acknowledged, ${manifest?.version} is there`,
        )
        // What belongs together was learned together: a version cut off before its pointer leaves a gap in the numbers.
        const { n } = bundle.load(manifest?.parts[0] ?? '').body as { n: number }
        assert.equal(manifest?.calibration?.threshold, n)
        assert.ok(n <= (manifest?.version ?? 0))
      }
      bundle.streams()
      assert.deepEqual(bundle.takeWarnings(), [])
    }
    const left = fs
      .readdirSync(folder, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith('.tmp'))
    assert.deepEqual(left, [])
  })

  it('power cut at any call of a save: the old content or the new one, and the new one once it is acknowledged', async () => {
    const file = path.join(folder, 'a.json')
    for (const chunk of [Infinity, 4]) {
      let finished = false
      for (let cutAt = 0; !finished; cutAt++) {
        const disk = new PowerCutDisk({ [file]: 'the old content' }, cutAt, chunk)
        finished = await writeAtomic(file, Buffer.from('the new content'), disk).then(
          () => true,
          () => false,
        )
        const outcomes = [...disk.outcomes(file)]
        assert.ok(
          outcomes.every((content) => content === 'the old content' || content === 'the new content'),
          outcomes.join('|'),
        )
        if (finished) assert.deepEqual(outcomes, ['the new content'])
      }
    }
  })

  it('the simulated power cut does catch a save without fsync', async () => {
    const file = path.join(folder, 'a.json')
    const disk = new PowerCutDisk({ [file]: 'the old content' }, Infinity)
    const careless: Disk = {
      create: async (name) => ({ ...(await disk.create(name)), sync: async () => undefined }),
      rename: (from, to) => disk.rename(from, to),
      remove: (name) => disk.remove(name),
      syncFolder: () => disk.syncFolder(),
    }
    await writeAtomic(file, Buffer.from('the new content'), careless)
    assert.ok(disk.outcomes(file).has('the new'.slice(0, 7)) || disk.outcomes(file).has(''))
  })

  it('disk full at any byte of the first 4 KB: the old content stays, and the error says so', async () => {
    const file = path.join(folder, 'a.json')
    const bytes = Buffer.alloc(4096, 'n')
    for (let room = 0; room < bytes.length; room++) {
      const inner = new PowerCutDisk({ [file]: 'old' }, Infinity)
      const full: Disk = {
        create: async (name) => {
          const opened = await inner.create(name)
          return {
            ...opened,
            write: async (data, offset) => {
              if (offset >= room) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })
              return opened.write(data.subarray(0, room), offset)
            },
          }
        },
        rename: (from, to) => inner.rename(from, to),
        remove: (name) => inner.remove(name),
        syncFolder: () => inner.syncFolder(),
      }
      await assert.rejects(
        writeAtomic(file, bytes, full),
        (error) => error instanceof DeviceError && error.key === 'files.diskFull',
      )
      assert.deepEqual([...inner.outcomes(file)], ['old'])
    }
  })

  it('a real limit of the file size (EFBIG): the old content stays, no temporary file is left', async function () {
    if (process.platform === 'win32') this.skip() // has no ulimit
    this.timeout(30_000)
    const file = path.join(folder, '0.json')
    await writeSealed(file, 'test/1', { n: 0 })
    // 64 blocks of 512 or 1024 bytes, as the shell has it.
    const command = `ulimit -f 64 && exec "$0" --require tsx/cjs "$1" "$2" 1 200000 1`
    const run = spawnSync('sh', ['-c', command, process.execPath, SAVER, folder], {
      encoding: 'utf8',
      env: { ...process.env, TSX_DISABLE_CACHE: '1' },
    })
    assert.match(run.stdout, /^failed files\.diskFull /, run.stderr)
    assert.deepEqual(readSealedSync(file, 'test/1'), { n: 0 })
    assert.deepEqual(fs.readdirSync(folder), ['0.json'])
  })

  it('10,000 files with a flipped byte: every one is refused in plain words', async () => {
    const file = path.join(folder, 'a.json')
    await writeSealed(file, 'test/1', { text: 'Ω', values: [1.5, -0, 1e-300], list: [true, null, ''] })
    const whole = fs.readFileSync(file)
    for (let i = 0; i < 10_000; i++) {
      const damaged = Buffer.from(whole)
      const at = i % whole.length
      damaged[at] = (damaged[at] ?? 0) ^ (1 + ((i * 7919) % 255))
      assert.throws(() => openSeal(damaged, 'test/1', 'a.json'), InputError, `byte ${at}`)
      if (i >= whole.length) continue
      fs.writeFileSync(file, damaged)
      assert.throws(() => readSealedSync(file, 'test/1'), InputError, `byte ${at}`)
    }
  })
})
