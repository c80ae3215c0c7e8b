import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { unzipSync, zipSync } from 'fflate'
import { partLine } from '../../src/core/contract'
import { InputError } from '../../src/core/errors'
import { Bundle } from '../../src/model/bundle'
import { unpackBundle } from '../../src/model/bundle-archive'
import { canonicalJson } from '../../src/model/canonical-json'
import type { PartFile } from '../../src/model/part'
import { seal } from '../../src/model/seal'
import { temporaryFolder } from './temporary-folder'

const INPUT = ['channels ax,ay']

async function learn(bundle: Bundle, topic: string, value: number, blobs?: PartFile['blobs']): Promise<void> {
  const report = { rows: value, warnings: [], figures: {} }
  const part: PartFile = {
    kind: 'test',
    role: 'detector',
    input: INPUT,
    body: { value, weights: [0.1, -0] },
    blobs,
    report,
  }
  const contract = [...INPUT, partLine(part.kind, await bundle.keep(part))]
  const calibration = { method: 'fixed', threshold: value, n: 0 }
  await bundle.extend({ topic }, { contract, complete: true, calibration, report, time: value })
}

/** Everything below a folder: path and content. */
function contentOf(folder: string): Record<string, string> {
  if (!fs.existsSync(folder)) return {}
  const names = fs.readdirSync(folder, { recursive: true }).map(String).sort()
  return Object.fromEntries(
    names
      .filter((name) => fs.statSync(path.join(folder, name)).isFile())
      .map((name) => [name, fs.readFileSync(path.join(folder, name), 'latin1')]),
  )
}

/** The zip with another unpacked size declared for each of its entries. */
function declaring(zip: Uint8Array, size: number): Uint8Array {
  const view = new DataView(zip.buffer, zip.byteOffset)
  for (let i = 0; i + 30 < zip.length; i++) {
    const signature = view.getUint32(i, true)
    if (signature === 0x02014b50) view.setUint32(i + 24, size, true)
    if (signature === 0x04034b50) view.setUint32(i + 22, size, true)
  }
  return zip
}

describe('a bundle as one file', () => {
  let root = ''
  let exported: Uint8Array
  let target: Bundle

  beforeEach(async () => {
    root = temporaryFolder()
    const source = Bundle.open(root, 'source')
    await learn(source, 'fan', 1)
    await learn(source, 'fan', 2)
    await learn(source, 'pump', 3, { 'weights.bin': new Uint8Array([1, 2, 3]) })
    exported = await source.exportBundle()
    target = Bundle.open(root, 'target')
  })
  afterEach(() => fs.rmSync(root, { recursive: true, force: true }))

  const refused = async (bytes: Uint8Array, message = /./): Promise<void> => {
    await assert.rejects(
      target.importBundle(bytes),
      (error) => error instanceof InputError && message.test(error.message),
    )
    assert.deepEqual(contentOf(target.folder), {}, 'a refused file wrote something')
  }

  it('brings the current version of each stream to another bundle', async () => {
    assert.deepEqual((await target.importBundle(exported)).map(({ topic }) => topic).sort(), ['fan', 'pump'])
    const again = Bundle.open(root, 'target')
    const manifest = again.current({ topic: 'fan' })
    assert.equal(manifest?.calibration?.threshold, 2)
    assert.equal(manifest.version, 2)
    assert.ok(Object.is((again.load(manifest.parts[0] ?? '').body as { weights: number[] }).weights[1], -0))
    const pump = again.load(again.current({ topic: 'pump' })?.parts[0] ?? '')
    assert.deepEqual(pump.blobs, { 'weights.bin': new Uint8Array([1, 2, 3]) })
  })

  it('is the same to the byte for the same content', async () => {
    await target.importBundle(exported)
    const renamed = unzipSync(await target.exportBundle())
    const original = unzipSync(exported)
    delete renamed['bundle.json']
    delete original['bundle.json']
    assert.deepEqual(renamed, original)
    assert.deepEqual(await Bundle.open(root, 'source').exportBundle(), exported)
  })

  it('becomes a new version where the stream has some, and those stay for rollback', async () => {
    await learn(target, 'fan', 7)
    await target.importBundle(exported)
    assert.deepEqual(
      target.versions({ topic: 'fan' }).map((manifest) => manifest.calibration?.threshold),
      [7, 2],
    )
    await target.rollback({ topic: 'fan' }, 1)
    assert.equal(Bundle.open(root, 'target').current({ topic: 'fan' })?.calibration?.threshold, 7)
  })

  it('is refused when it is cut off anywhere, and nothing is written', async () => {
    for (let length = 0; length < exported.length; length += 13) await refused(exported.slice(0, length))
  })

  it('is refused, or the same, when any byte is flipped', () => {
    const original = unzipSync(exported)
    let taken = 0
    for (let i = 0; i < exported.length; i++) {
      const damaged = exported.slice()
      damaged[i] = (damaged[i] ?? 0) ^ (1 << (i % 8))
      try {
        unpackBundle(damaged)
        // Some bytes of a zip (times, attributes, numbers of manifests) mean nothing for its content.
        assert.deepEqual(Object.values(unzipSync(damaged)), Object.values(original))
        taken++
      } catch (error) {
        assert.ok(error instanceof InputError, String(error))
      }
    }
    assert.ok(taken < exported.length / 2, `${taken} of ${exported.length}`)
  })

  it('is refused when it is something else', async () => {
    await refused(new Uint8Array(0), /not a model export/)
    await refused(Buffer.from('hello'), /not a model export/)
    await refused(zipSync({ 'readme.txt': Buffer.from('x') }), /not a model export/)
    await refused(zipSync({ 'bundle.json': Buffer.from('{}') }), /not written by this package/)
  })

  it('is refused with an entry whose name is a path, whatever it holds', async () => {
    for (const name of [
      '../../evil.json',
      '/etc/x',
      'parts/../../x.json',
      'parts/..\\x.json',
      'manifests/0.json/x',
    ]) {
      await refused(zipSync({ ...unzipSync(exported), [name]: Buffer.from('x') }), /not a model export/)
    }
  })

  it('is refused where parts are missing, superfluous or under a wrong name', async () => {
    const files = unzipSync(exported)
    const [first = '', second = ''] = Object.keys(files).filter((name) => name.startsWith('parts/'))
    const without = Object.fromEntries(Object.entries(files).filter(([name]) => name !== first))
    await refused(zipSync(without), /incomplete/)
    await refused(zipSync({ ...files, [first]: files[second] ?? new Uint8Array() }), /does not hold the part/)
    const headless = Object.fromEntries(Object.entries(files).filter(([name]) => name !== 'manifests/0.json'))
    await refused(zipSync(headless), /incomplete/)
    const twice = { ...files, 'manifests/7.json': files['manifests/0.json'] ?? new Uint8Array() }
    await refused(zipSync(twice), /incomplete or contradicts/)
  })

  it('is refused with an entry called __proto__', async () => {
    const zip = Buffer.from(zipSync({ ...unzipSync(exported), abcdefghi: Buffer.from('x') }))
    for (let at = zip.indexOf('abcdefghi'); at >= 0; at = zip.indexOf('abcdefghi')) zip.write('__proto__', at)
    await refused(zip, /not a model export/)
  })

  it('is refused before it is unpacked where it would need too much room', async () => {
    await refused(declaring(zipSync({ ...unzipSync(exported) }), 100 * 1024 * 1024), /256 MB/)
  })

  it('is given no more room than it declares', async () => {
    await refused(declaring(zipSync({ 'bundle.json': new Uint8Array(5_000_000) }), 10))
  })

  it('is refused where a sealed document is nested without end', async () => {
    const deep = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`
    await refused(zipSync({ ...unzipSync(exported), 'parts/0123456789abcdef.json': seal('part/1', deep) }))
    const body = `{"body":${'['.repeat(5000)}${']'.repeat(5000)},"input":[],"kind":"x","report":${canonicalJson({ rows: 1, warnings: [], figures: {} })},"role":"detector"}`
    await refused(
      zipSync({ ...unzipSync(exported), 'parts/0123456789abcdef.json': seal('part/1', body) }),
      /nested/,
    )
  })

  it('is refused where a model in it would not be loaded', async () => {
    const source = Bundle.open(root, 'evil')
    await learn(source, 'fan', 1, { 'model.onnx': Buffer.from('not onnx') })
    await refused(await source.exportBundle(), /not a sound ONNX file/)
  })

  it('cannot be made of nothing', async () => {
    await assert.rejects(target.exportBundle(), InputError)
  })
})
