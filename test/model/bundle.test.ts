import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { partLine, type Contract } from '../../src/core/contract'
import { ConfigError, InputError } from '../../src/core/errors'
import type { LearningReport } from '../../src/core/stage'
import { Bundle } from '../../src/model/bundle'
import type { PartFile, Role } from '../../src/model/part'
import { temporaryFolder } from './temporary-folder'

const BASE: Contract = ['channels ax,ay', 'window 200']
const fan = { topic: 'fan' }

const report = (rows: number): LearningReport => ({ rows, warnings: [], figures: {} })

function partOf(role: Role, value: number, input: Contract): PartFile {
  return { kind: `${role} test`, role, input, body: { value }, report: report(value) }
}

const calibration = (
  threshold: number,
): { method: string; threshold: number; n: number; alpha: number; quantiles: number[] } => ({
  method: 'conformal',
  threshold,
  n: 99,
  alpha: 0.01,
  quantiles: [0.1, 0.2],
})

/** Learns a chain of scaler and detector and calibrates it. */
async function learn(
  bundle: Bundle,
  stream: { topic: string; context?: string },
  value: number,
): Promise<Contract> {
  const scaler = partOf('scaler', value, BASE)
  const scaled = [...BASE, partLine(scaler.kind, await bundle.keep(scaler))]
  await bundle.extend(stream, { contract: scaled, complete: false, report: scaler.report, time: value })
  const detector = partOf('detector', value, scaled)
  const chain = [...scaled, partLine(detector.kind, await bundle.keep(detector))]
  await bundle.extend(stream, { contract: chain, complete: false, report: detector.report, time: value })
  await bundle.extend(stream, {
    contract: chain,
    complete: true,
    calibration: calibration(value),
    time: value,
  })
  return chain
}

describe('a bundle', () => {
  let root = ''
  beforeEach(() => {
    root = temporaryFolder()
  })
  afterEach(() => fs.rmSync(root, { recursive: true, force: true }))

  const open = (name = 'fans', versionsKept = 5): Bundle => Bundle.open(root, name, { versionsKept })
  const partFiles = (name = 'fans'): readonly string[] => fs.readdirSync(path.join(root, name, 'parts'))

  it('writes nothing before something is kept', () => {
    const bundle = open()
    assert.equal(bundle.current(fan), undefined)
    assert.deepEqual(bundle.streams(), [])
    assert.deepEqual(fs.readdirSync(root), [])
  })

  it('finds after a restart what was learned before it', async () => {
    const chain = await learn(open(), fan, 3)
    const bundle = open()
    const manifest = bundle.current(fan)
    assert.equal(manifest?.version, 1)
    assert.deepEqual(manifest.contract, chain)
    assert.deepEqual(manifest.calibration, calibration(3))
    assert.equal(manifest.time, 3)
    assert.deepEqual(Object.keys(manifest.reports).sort(), [chain[3], chain[2]])
    assert.equal(manifest.parts.length, 2)
    assert.deepEqual(bundle.load(manifest.parts[1] ?? '').body, { value: 3 })
    assert.deepEqual(bundle.takeWarnings(), [])
  })

  it('keeps a scaler that was fitted before a restart while the chain is still being learned', async () => {
    const scaler = partOf('scaler', 1, BASE)
    const contract = [...BASE, partLine(scaler.kind, await open().keep(scaler))]
    await open().extend(fan, { contract, complete: false, report: scaler.report, time: 1 })
    const manifest = open().current(fan)
    assert.equal(manifest?.version, 0)
    assert.deepEqual(manifest.contract, contract)
    assert.deepEqual(open().versions(fan), [])
  })

  it('goes on with the version in use while the next one is being learned', async () => {
    const bundle = open()
    const first = await learn(bundle, fan, 1)
    const scaler = partOf('scaler', 2, BASE)
    const contract = [...BASE, partLine(scaler.kind, await bundle.keep(scaler))]
    assert.equal(await bundle.extend(fan, { contract, complete: false, time: 2 }), 1)
    assert.deepEqual(bundle.current(fan)?.contract, first)
    assert.deepEqual(open().current(fan)?.contract, first)
  })

  it('counts a new calibration of the same chain as a version, and the same one again as none', async () => {
    const bundle = open()
    const contract = await learn(bundle, fan, 1)
    assert.equal(
      await bundle.extend(fan, { contract, complete: true, calibration: calibration(7), time: 2 }),
      2,
    )
    assert.equal(
      await bundle.extend(fan, { contract, complete: true, calibration: calibration(7), time: 3 }),
      2,
    )
    assert.equal(await bundle.extend(fan, { contract, complete: true, time: 4 }), 2)
    assert.equal(open().current(fan)?.calibration?.threshold, 7)
    assert.equal(Object.keys(open().current(fan)?.reports ?? {}).length, 2)
  })

  it('keeps the last versions and sweeps the parts that no version lists any more', async () => {
    const bundle = open('fans', 3)
    for (let value = 1; value <= 5; value++) await learn(bundle, fan, value)
    assert.deepEqual(
      bundle.versions(fan).map((manifest) => manifest.version),
      [3, 4, 5],
    )
    assert.equal(partFiles().length, 6)
    for (const { parts } of open().versions(fan)) for (const hash of parts) assert.ok(bundle.load(hash))
  })

  it('shares a part between streams and sweeps it with the last of them', async () => {
    const bundle = open()
    await learn(bundle, fan, 1)
    await learn(bundle, { topic: 'pump' }, 1)
    assert.equal(partFiles().length, 2)
    await bundle.forget(fan)
    assert.equal(bundle.current(fan), undefined)
    assert.equal(partFiles().length, 2)
    await bundle.forget({ topic: 'pump' })
    assert.equal(partFiles().length, 0)
    assert.deepEqual(open().streams(), [])
  })

  it('goes back to an earlier version, and forward from there with a new number', async () => {
    const bundle = open()
    for (let value = 1; value <= 3; value++) await learn(bundle, fan, value)
    await bundle.rollback(fan, 1)
    assert.equal(bundle.current(fan)?.version, 1)
    assert.equal(open().current(fan)?.calibration?.threshold, 1)
    await assert.rejects(
      bundle.rollback(fan, 9),
      (error) => error instanceof InputError && /1, 2, 3/.test(error.message),
    )
    await learn(bundle, fan, 4)
    assert.equal(open().current(fan)?.version, 4)
  })

  it('keeps streams and contexts apart, whatever they are called', async () => {
    const bundle = open()
    const streams = [
      { topic: '' },
      { topic: '..' },
      { topic: '__proto__' },
      { topic: 'a/b' },
      { topic: 'a', context: 'b' },
      { topic: 'x'.repeat(3000) },
    ]
    for (const [i, stream] of streams.entries()) await learn(bundle, stream, i + 1)
    const again = open()
    for (const [i, stream] of streams.entries())
      assert.equal(again.current(stream)?.calibration?.threshold, i + 1)
    assert.equal(again.streams().length, streams.length)
    assert.deepEqual(
      again
        .streams()
        .map(({ topic }) => topic)
        .sort(),
      streams.map(({ topic }) => topic).sort(),
    )
  })

  it('copies a part that only a bundle beside it holds: two detectors after one scaler', async () => {
    const first = open('first')
    const chain = await learn(first, fan, 1)
    const second = open('second')
    const detector = partOf('detector', 2, chain.slice(0, 3))
    const contract = [...chain.slice(0, 3), partLine(detector.kind, await second.keep(detector))]
    await second.extend(fan, { contract, complete: true, time: 2 })
    fs.rmSync(first.folder, { recursive: true })
    const manifest = open('second').current(fan)
    assert.equal(manifest?.parts.length, 2)
    assert.deepEqual(open('second').load(manifest.parts[0] ?? '').body, { value: 1 })
  })

  it('lists a part that was learned on another machine in its contract, and says that it is not here', async () => {
    const bundle = open()
    const contract = [...BASE, 'scaler standard#0123456789abcdef']
    const detector = partOf('detector', 2, contract)
    const chain = [...contract, partLine(detector.kind, await bundle.keep(detector))]
    await bundle.extend(fan, { contract: chain, complete: true, time: 1 })
    assert.deepEqual(
      bundle.takeWarnings().map(({ key }) => key),
      ['model.partElsewhere'],
    )
    assert.deepEqual(open().current(fan)?.contract, chain)
    assert.equal(open().current(fan)?.parts.length, 1)
  })

  it('falls back to the last sound version where the current one is damaged, and says so', async () => {
    const bundle = open()
    for (let value = 1; value <= 3; value++) await learn(bundle, fan, value)
    const flip = (file: string): void => {
      const bytes = fs.readFileSync(file)
      bytes[200] = (bytes[200] ?? 0) ^ 1
      fs.writeFileSync(file, bytes)
    }
    flip(path.join(bundle.folder, 'streams', 'fan', 'v3.json'))
    const second = open()
    assert.equal(second.current(fan)?.version, 2)
    assert.deepEqual(
      second.takeWarnings().map(({ key }) => key),
      ['model.leftOut', 'model.fallback'],
    )
    flip(path.join(bundle.folder, 'parts', `${second.current(fan)?.parts[1] ?? ''}.json`))
    const third = open()
    assert.equal(third.current(fan)?.version, 1)
    assert.deepEqual(
      third.takeWarnings().map(({ key }) => key),
      ['model.partsLost', 'model.leftOut', 'model.fallback'],
    )
    await learn(third, fan, 9)
    assert.equal(third.current(fan)?.version, 4)
    assert.equal(open().current(fan)?.version, 4)
  })

  it('survives any damage to any of its files', async () => {
    const bundle = open()
    await learn(bundle, fan, 1)
    await learn(bundle, fan, 2)
    const files = fs
      .readdirSync(bundle.folder, { recursive: true })
      .map(String)
      .map((name) => path.join(bundle.folder, name))
    for (const file of files.filter((name) => fs.statSync(name).isFile())) {
      const whole = fs.readFileSync(file)
      for (const content of [
        '',
        '{}',
        'null',
        whole.subarray(0, whole.length >> 1),
        Buffer.alloc(whole.length),
      ]) {
        fs.writeFileSync(file, content)
        const damaged = open()
        assert.ok((damaged.current(fan)?.version ?? 1) >= 1)
        damaged.streams()
        assert.ok(damaged.takeWarnings().length > 0, file)
      }
      fs.rmSync(file)
      open().streams()
      fs.writeFileSync(file, whole)
    }
    assert.equal(open().current(fan)?.version, 2)
  })

  it('takes any number of saves at once without losing one', async () => {
    const bundle = open('fans', 2)
    const topics = Array.from({ length: 20 }, (_, i) => `t${i}`)
    await Promise.all(
      topics.flatMap((topic, i) => [learn(bundle, { topic }, i + 1), learn(bundle, { topic }, i + 101)]),
    )
    const again = open()
    for (const topic of topics) {
      const manifest = again.current({ topic })
      assert.ok((manifest?.version ?? 0) >= 1, topic)
      for (const hash of manifest?.parts ?? []) again.load(hash)
    }
    assert.deepEqual(again.takeWarnings(), [])
  })

  it('removes what an interrupted run left: temporary files, a stream half forgotten, old parts of no version', async () => {
    const bundle = open()
    await learn(bundle, fan, 1)
    const orphan = await bundle.keep(partOf('scaler', 77, BASE))
    const temporary = path.join(bundle.folder, 'parts', 'x.json.999999999-0123456789ab.tmp')
    fs.writeFileSync(temporary, 'x')
    fs.mkdirSync(path.join(bundle.folder, 'streams', '!0011'))
    const old = new Date(Date.now() - 7_200_000)
    fs.utimesSync(path.join(bundle.folder, 'parts', `${orphan}.json`), old, old)
    const again = open()
    assert.equal(again.streams().length, 1)
    await learn(again, fan, 2)
    assert.ok(!fs.existsSync(temporary))
    assert.deepEqual(fs.readdirSync(path.join(bundle.folder, 'streams')), ['fan'])
    assert.throws(() => again.load(orphan), InputError)
  })

  it('refuses names that are no names of parts, and names that are no folders', () => {
    for (const hash of ['', '../../x', '0123456789ABCDEF', '0123456789abcdef'])
      assert.throws(() => open().load(hash), InputError)
    assert.throws(() => Bundle.open(root, '..'), ConfigError)
  })
})
