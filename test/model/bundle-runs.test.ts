import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { partLine, type Contract } from '../../src/core/contract'
import { Bundle } from '../../src/model/bundle'
import type { PartFile, Role } from '../../src/model/part'
import { temporaryFolder } from './temporary-folder'

const BASE: Contract = ['channels ax,ay', 'window 200']
const fan = { topic: 'fan' }
const report = { rows: 1, warnings: [], figures: {} }
const partOf = (role: Role, value: number, input: Contract): PartFile => ({
  ...{ kind: `${role} test`, role, input, body: { value }, report },
})

describe('a bundle while something is learned anew', () => {
  let root = ''
  beforeEach(() => {
    root = temporaryFolder()
  })
  afterEach(() => {
    fs.chmodSync(root, 0o700)
    fs.rmSync(root, { recursive: true, force: true })
  })

  const chainOf = async (bundle: Bundle, value: number): Promise<readonly Contract[]> => {
    const scaler = partOf('scaler', value, BASE)
    const scaled = [...BASE, partLine(scaler.kind, await bundle.keep(scaler))]
    const detector = partOf('detector', value, scaled)
    return [scaled, [...scaled, partLine(detector.kind, await bundle.keep(detector))]]
  }
  const commit = (bundle: Bundle, contract: Contract, threshold: number): Promise<number> =>
    bundle.extend(fan, {
      ...{ contract, complete: true, time: 1 },
      calibration: { method: 'conformal', threshold, n: 9 },
    })
  const partFiles = (name = 'fans'): number => fs.readdirSync(path.join(root, name, 'parts')).length

  it('ranks the chain that is being learned before the version in use, and that before older ones', async () => {
    const bundle = Bundle.open(root, 'fans')
    const [, one] = await chainOf(bundle, 1)
    const [, two] = await chainOf(bundle, 2)
    const [three] = await chainOf(bundle, 3)
    await commit(bundle, one!, 1)
    await commit(bundle, two!, 2)
    await bundle.rollback(fan, 1)
    await bundle.extend(fan, { contract: three!, complete: false, time: 3 })
    assert.deepEqual(
      Bundle.open(root, 'fans')
        .manifests(fan)
        .map(({ version, contract }) => [version, contract]),
      [
        [0, three],
        [1, one],
        [2, two],
      ],
    )
    assert.equal(bundle.current(fan)?.version, 1)
  })

  it('takes back a draft that begins with a chain, with its parts; one that does not stays', async () => {
    const bundle = Bundle.open(root, 'fans')
    const [, one] = await chainOf(bundle, 1)
    await commit(bundle, one!, 1)
    const [scaled] = await chainOf(bundle, 2)
    await bundle.extend(fan, { contract: scaled!, complete: false, time: 2 })
    await bundle.takeBack(fan, [...BASE, 'scaler test#0123456789abcdef'])
    assert.deepEqual(bundle.draft(fan)?.contract, scaled)
    await bundle.takeBack(fan, scaled!)
    assert.equal(bundle.draft(fan), undefined)
    const again = Bundle.open(root, 'fans')
    assert.equal(again.draft(fan), undefined)
    assert.deepEqual(again.current(fan)?.contract, one)
  })

  it('takes back a version, by going to the newest before it that is another', async () => {
    const bundle = Bundle.open(root, 'fans')
    const [old] = await chainOf(bundle, 1)
    const [fresh] = await chainOf(bundle, 2)
    await commit(bundle, old!, 1)
    await commit(bundle, fresh!, 2)
    await bundle.takeBack(fan, BASE)
    assert.equal(bundle.current(fan)?.version, 2, 'a chain without a learnt part names no version')
    await bundle.takeBack(fan, fresh!)
    assert.equal(bundle.current(fan)?.version, 1)
    assert.equal(Bundle.open(root, 'fans').current(fan)?.version, 1)
    await bundle.takeBack(fan, old!)
    assert.equal(bundle.current(fan)?.version, 1, 'a model is better than none')
  })

  it('forgets what comes after a chain, and keeps the chain as a draft that nobody goes on with', async () => {
    const bundle = Bundle.open(root, 'fans')
    const [scaled, one] = await chainOf(bundle, 1)
    await commit(bundle, one!, 1)
    await bundle.forget(fan, scaled)
    for (const each of [bundle, Bundle.open(root, 'fans')]) {
      assert.deepEqual(each.versions(fan), [])
      const { contract, paused, calibration, parts } = each.draft(fan)!
      assert.deepEqual([contract, paused, calibration, parts.length], [scaled, true, undefined, 1])
    }
    assert.equal(partFiles(), 1)
    await bundle.forget(fan, BASE)
    assert.deepEqual(bundle.manifests(fan), [])
    assert.equal(partFiles(), 0)
  })

  it('finds a part that a bundle beside it is still saving', async () => {
    const bundles: Bundle[] = []
    for (const name of ['a', 'b']) bundles.push(Bundle.open(root, name, { beside: () => bundles }))
    const [a, b] = bundles as [Bundle, Bundle]
    const scaler = partOf('scaler', 1, BASE)
    const hash = await Bundle.open(temporaryFolder(), 'elsewhere').keep(scaler)
    const scaled = [...BASE, partLine(scaler.kind, hash)]
    const saving = a.extend(fan, { contract: scaled, complete: false, time: 1 }, scaler)
    await b.extend(fan, { contract: scaled, complete: true, time: 1 })
    assert.deepEqual(b.current(fan)?.parts, [hash])
    assert.deepEqual(b.takeWarnings(), [])
    await saving
  })

  it('saves with a later stage what the disk refused of an earlier one', async () => {
    const bundle = Bundle.open(root, 'fans')
    const scaler = partOf('scaler', 1, BASE)
    const hash = await Bundle.open(temporaryFolder(), 'elsewhere').keep(scaler)
    const scaled = [...BASE, partLine(scaler.kind, hash)]
    fs.writeFileSync(bundle.folder, 'in the way')
    await assert.rejects(bundle.extend(fan, { contract: scaled, complete: false, time: 1 }, scaler))
    fs.rmSync(bundle.folder)
    await commit(bundle, scaled, 1)
    assert.deepEqual(Bundle.open(root, 'fans').current(fan)?.parts, [hash])
    // The save of the earlier stage, tried again: nothing is being learned any more.
    await bundle.extend(fan, { contract: scaled, complete: false, time: 1 }, scaler)
    assert.equal(bundle.draft(fan), undefined)
  })
})
