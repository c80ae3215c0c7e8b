import assert from 'node:assert/strict'
import { zipSync, type Zippable } from 'fflate'
import { readNpy } from '../../../src/model/import/npy'
import { readNpz } from '../../../src/model/import/npz'
import {
  binary,
  expected,
  fixture,
  hasReference,
  referenceFile,
  referenceJson,
  refused,
  worst,
} from './fixture'

/** A .npy file of format 1 with this header and these bytes behind it. */
function npy(header: string, data: Uint8Array = new Uint8Array()): Uint8Array {
  const size = header.length
  return Uint8Array.of(...binary('\x93NUMPY\x01\x00'), size & 255, size >> 8, ...binary(header), ...data)
}

function npz(files: Zippable): Uint8Array {
  return zipSync(files, { mtime: new Date(2000, 0, 1) })
}

describe('arrays of numpy', () => {
  const arrays: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>
  > = expected.arrays
  for (const [name, { shape, values }] of Object.entries(arrays)) {
    it(`${name} holds what numpy says`, () => {
      const array = readNpy(fixture(name), name)
      assert.deepEqual(array.shape, shape)
      assert.deepEqual([...array.data], values)
    })
  }

  it('refuses objects, texts, records, halves and complex numbers', () => {
    refused(() => readNpy(fixture('refused_object.npy'), 'x.npy'), 'files.notNumbers', 'x.npy')
    for (const type of [
      '|S5',
      '<U3',
      '<c16',
      '<f2',
      '<f16',
      '|V8',
      '<M8',
      '|O',
      '<f8; import os',
      '__proto__',
    ]) {
      const file = npy(`{'descr': '${type}', 'fortran_order': False, 'shape': (1,), }`, new Uint8Array(16))
      assert.throws(() => readNpy(file, 'x.npy'), { name: 'InputError' }, type)
    }
    const record = npy(
      `{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }`,
      new Uint8Array(8),
    )
    refused(() => readNpy(record, 'x.npy'), 'files.badNpyHeader', 'x.npy')
  })

  it('refuses a shape larger than the bytes that are there before it makes room for it', () => {
    const claim = (shape: string): (() => unknown) => {
      const file = npy(`{'descr': '<f8', 'fortran_order': False, 'shape': ${shape}, }`, new Uint8Array(8))
      return () => readNpy(file, 'x.npy')
    }
    refused(claim('(1099511627776,)'), 'files.tooLarge', 'x.npy')
    refused(claim('(2097152, 2097152, 2097152, 2)'), 'files.tooLarge', 'x.npy')
    refused(claim('(0, 1099511627776)'), 'files.tooLarge', 'x.npy')
    refused(claim('(1, 1, 1, 1, 1, 1, 1, 1, 1)'), 'files.tooLarge', 'x.npy')
    refused(claim('(3000000,)'), 'files.cutOff', 'x.npy')
    refused(claim('(2,)'), 'files.cutOff', 'x.npy')
    refused(claim('(1 1,)'), 'files.badShape', 'x.npy')
  })

  it('refuses a header that claims to be huge', () => {
    const file = Uint8Array.of(...binary('\x93NUMPY\x02\x00\xff\xff\xff\xff'), ...binary('{'))
    refused(() => readNpy(file, 'x.npy'), 'files.tooLarge', 'x.npy')
  })

  it('lends no view of the file', () => {
    const file = fixture('c_little_f8.npy')
    const { data } = readNpy(file, 'x.npy')
    file.fill(0)
    assert.equal(data[0], -7)
    assert.equal(data.buffer.byteLength, data.byteLength)
  })
})

describe('archives of numpy', () => {
  it('reads stored and compressed arrays alike', () => {
    for (const name of ['stored.npz', 'deflated.npz']) {
      const arrays = readNpz(fixture(name), name)
      assert.deepEqual([...arrays.keys()], ['model_mu', 'model_cov'])
      assert.deepEqual([...arrays.get('model_mu')!.data], expected.mahalanobis.mean)
      assert.deepEqual([...arrays.get('model_cov')!.data], expected.mahalanobis.covariance.flat())
    }
  })

  it('refuses what unpacks to far more than it holds', () => {
    const bomb = npz({ 'x.npy': [new Uint8Array(10_000_000), { level: 9 }] })
    assert.ok(bomb.length < 20_000)
    refused(() => readNpz(bomb, 'bomb.npz'), 'files.inflatesTooFar', '1048576 bytes')
    const twice = npz({ 'x.npy': [zipSync({ x: new Uint8Array(1_000_000) }), { level: 0 }] })
    assert.throws(() => readNpz(twice, 'bomb.npz'), { name: 'InputError' })
  })

  it('refuses more than 64 entries, and the same name twice', () => {
    const one = fixture('scalar.npy')
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`a${i}.npy`, one]))
    refused(() => readNpz(npz(many), 'x.npz'), 'files.tooLarge', '65 entries')
    const twice = npz({ 'a.npy': one, 'b.npy': one })
    for (let i = 0; i + 5 < twice.length; i++) {
      if (String.fromCharCode(...twice.subarray(i, i + 5)) === 'b.npy') twice[i] = 97
    }
    refused(() => readNpz(twice, 'x.npz'), 'files.twice', 'a.npy')
  })

  it('notices a changed byte by the checksum', () => {
    for (const name of ['stored.npz', 'deflated.npz']) {
      const file = fixture(name)
      // Bytes of the data of the first array, behind its local header and its own header.
      const at = name === 'stored.npz' ? 190 : 80
      file[at]! ^= 4
      assert.throws(() => readNpz(file, name), { name: 'InputError', key: 'files.damagedCompression' })
    }
  })

  it('never uses names of entries as paths, and takes archives of arrays alone', () => {
    const one = fixture('scalar.npy')
    const arrays = readNpz(npz({ '../../etc/passwd.npy': one }), 'x.npz')
    assert.deepEqual([...arrays.keys()], ['../../etc/passwd'])
    refused(() => readNpz(npz({ 'a.npy': one, 'b.txt': one }), 'x.npz'), 'files.notThatKind', 'x.npz')
  })

  it('reads the recorded samples of system 1 (skipped where ../shared is absent)', function () {
    if (!hasReference) return this.skip()
    const arrays = readNpz(referenceFile('system1/normal_anomaly_samples.npz'), 'samples.npz')
    const { notebook_samples } = referenceJson<{
      notebook_samples: Record<string, { mad: number[] }>
    }>('system1/expected.json')
    for (const [name, { mad }] of Object.entries(notebook_samples)) {
      const { shape, data } = arrays.get(name)!
      assert.deepEqual(shape, [200, 3])
      const found = [0, 1, 2].map((axis) => {
        const column = Array.from({ length: 128 }, (_, row) => data[3 * row + axis]!)
        const center = median(column)
        return 1.4826 * median(column.map((value) => Math.abs(value - center)))
      })
      assert.ok(worst(found, mad) < 1e-7)
    }
  })
})

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
}
