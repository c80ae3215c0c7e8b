import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { DeviceError, InputError } from '../../src/core/errors'
import {
  readSealed,
  readSealedSync,
  sweepTemporaryFiles,
  writeAtomic,
  writeSealed,
} from '../../src/model/atomic-file'
import { temporaryFolder } from './temporary-folder'

describe('atomic files', () => {
  let folder = ''
  beforeEach(() => {
    folder = temporaryFolder()
  })
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

  it('replace a file and leave nothing beside it', async () => {
    const file = path.join(folder, 'a.bin')
    await writeAtomic(file, Buffer.from('one'))
    await writeAtomic(file, Buffer.from('two'))
    assert.equal(fs.readFileSync(file, 'utf8'), 'two')
    assert.deepEqual(fs.readdirSync(folder), ['a.bin'])
  })

  it('keep the order of saves that are asked for at once', async () => {
    const file = path.join(folder, 'a.bin')
    const order: number[] = []
    await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        writeAtomic(file, Buffer.from(String(i))).then(() => order.push(i)),
      ),
    )
    assert.deepEqual(
      order,
      Array.from({ length: 50 }, (_, i) => i),
    )
    assert.equal(fs.readFileSync(file, 'utf8'), '49')
    assert.deepEqual(fs.readdirSync(folder), ['a.bin'])
  })

  it('say that a folder is missing, and go on with the next save', async () => {
    const file = path.join(folder, 'none', 'a.bin')
    await assert.rejects(writeAtomic(file, Buffer.from('x')), DeviceError)
    fs.mkdirSync(path.dirname(file))
    await writeAtomic(file, Buffer.from('y'))
    assert.equal(fs.readFileSync(file, 'utf8'), 'y')
  })

  it('give back a sealed document, with its doubles bit by bit', async () => {
    const file = path.join(folder, 'a.json')
    const document = {
      text: 'µ√ "quoted" \u2028',
      values: [0.1 + 0.2, -0, 5e-324],
      nested: { empty: [], nothing: null },
    }
    await writeSealed(file, 'test/1', document)
    assert.deepEqual(await readSealed(file, 'test/1'), document)
    assert.equal((JSON.parse(fs.readFileSync(file, 'utf8')) as { schema: string }).schema, 'test/1')
  })

  it('refuse a sealed document of another schema, naming both', async () => {
    const file = path.join(folder, 'a.json')
    await writeSealed(file, 'test/2', {})
    assert.throws(
      () => readSealedSync(file, 'test/1'),
      (error) => error instanceof InputError && /test\/2.*test\/1/.test(error.message),
    )
  })

  it('refuse what is missing, a folder, and a file that was cut', async () => {
    const file = path.join(folder, 'a.json')
    assert.throws(() => readSealedSync(file, 'test/1'), DeviceError)
    assert.throws(() => readSealedSync(folder, 'test/1'), DeviceError)
    await writeSealed(file, 'test/1', { a: 1 })
    const whole = fs.readFileSync(file)
    for (let length = 0; length < whole.length; length++) {
      fs.writeFileSync(file, whole.subarray(0, length))
      assert.throws(() => readSealedSync(file, 'test/1'), InputError)
    }
  })

  it('are swept only where nobody is writing them any more', () => {
    const dead = path.join(folder, 'a.json.999999999-0123456789ab.tmp')
    const alive = path.join(folder, `a.json.${process.ppid}-0123456789ab.tmp`)
    const mine = path.join(folder, `a.json.${process.pid}-0123456789ab.tmp`)
    const lastRun = path.join(folder, `b.json.${process.pid}-0123456789ab.tmp`)
    const foreign = path.join(folder, 'notes.tmp')
    for (const file of [dead, alive, mine, lastRun, foreign]) fs.writeFileSync(file, 'x')
    const beforeStart = new Date(Date.now() - process.uptime() * 1000 - 5000)
    fs.utimesSync(lastRun, beforeStart, beforeStart)
    assert.equal(sweepTemporaryFiles(folder), 2)
    assert.deepEqual(
      fs.readdirSync(folder).sort(),
      [alive, mine, foreign].map((file) => path.basename(file)).sort(),
    )
    assert.equal(sweepTemporaryFiles(path.join(folder, 'none')), 0)
  })
})
