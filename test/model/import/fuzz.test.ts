import assert from 'node:assert/strict'
import { InputError } from '../../../src/core/errors'
import { importFile, type ImportedFile } from '../../../src/model/import/import-file'
import { readNpy } from '../../../src/model/import/npy'
import { uniform } from '../../expectations/signal-core'
import { fixture } from './fixture'

const FILES = [
  'standard_p2.pkl',
  'standard_named_p5.pkl',
  'minmax.joblib',
  'minmax_old.joblib',
  'minmax_named.joblib',
  'minmax_zlib.joblib',
  'minmax_clip.joblib',
  'robust.joblib',
  'c_little_f8.npy',
  'fortran_f4.npy',
  'version2.npy',
  'stored.npz',
  'deflated.npz',
  'f4_fortran.npz',
  'model.h',
  'dense.h',
  'keras2.h5',
  'keras3.h5',
  'dense.tflite',
  'refused_chunked.h5',
]
const MUTATIONS = 10_000

/** Values that turn sizes, offsets and counts into traps. */
const TRAPS = [0, 1, 0x7f, 0x80, 0xff]

/** A changed copy: some bytes set, a piece cut out, doubled, or the end lost. Bytes that are not 0 are aimed at. */
function mutate(file: Uint8Array, random: () => number): Uint8Array {
  const below = (limit: number): number => Math.floor(random() * limit)
  let copy = file.slice()
  const aim = (): number => {
    let at = below(copy.length)
    for (let tries = 0; tries < 20 && copy[at] === 0; tries++) at = below(copy.length)
    return at
  }
  for (let n = 1 + below(4); n > 0; n--) {
    const kind = below(12)
    if (kind === 0) copy = copy.slice(0, below(copy.length) + 1)
    else if (kind === 1) {
      const at = below(copy.length)
      copy = Uint8Array.of(...copy.subarray(0, at), ...copy.subarray(at + 1 + below(16)))
    } else if (kind === 2) {
      const at = below(copy.length)
      copy = Uint8Array.of(...copy.subarray(0, at + below(32)), ...copy.subarray(at))
    } else if (kind < 6) copy.fill(TRAPS[below(TRAPS.length)]!, aim(), aim() + 1 + below(8))
    else copy[aim()] = kind < 9 ? TRAPS[below(TRAPS.length)]! : below(256)
    if (copy.length === 0) return Uint8Array.of(0)
  }
  return copy
}

/** What is accepted in spite of its changes has to be whole. */
function checkWhole(imported: ImportedFile): void {
  if (imported.kind === 'scaler') {
    const { center, scale, columns, channels } = imported.scaler
    assert.ok([...center, ...scale].every(Number.isFinite) && scale.length === columns)
    assert.ok(channels === undefined || channels.length === columns)
  } else if (imported.kind === 'mahalanobis') {
    const { columns, mean, matrix } = imported.model
    assert.ok([...mean, ...matrix].every(Number.isFinite) && matrix.length === columns * columns)
  } else if (imported.kind === 'dense-autoencoder') {
    let width = imported.network.inputs
    for (const { units, kernel, bias } of imported.network.layers) {
      assert.ok([...kernel, ...bias].every(Number.isFinite) && kernel.length === width * units)
      width = units
    }
    assert.equal(width, imported.network.inputs)
  }
}

describe('damaged files', () => {
  it('10,000 of them are read whole or refused in plain words, in bounded memory', () => {
    const random = uniform(20240613)
    const files = FILES.map((name) => [name, fixture(name)] as const)
    const counts = { read: 0, refused: 0 }
    const texts = new Set<string>()
    const round = (i: number): void => {
      const [name, file] = files[i % files.length]!
      const bytes = mutate(file, random)
      try {
        if (name.endsWith('.npy')) readNpy(bytes, name)
        else checkWhole(importFile(name, bytes))
        counts.read++
      } catch (error) {
        if (!(error instanceof InputError)) throw new Error(`${name}, mutation ${i}`, { cause: error })
        texts.add(error.key)
        counts.refused++
      }
    }
    let i = 0
    for (; i < 1000; i++) round(i)
    const before = process.memoryUsage().rss
    for (; i < MUTATIONS; i++) round(i)
    const growth = process.memoryUsage().rss - before
    assert.equal(counts.read + counts.refused, MUTATIONS)
    assert.ok(counts.refused > MUTATIONS / 2, JSON.stringify(counts))
    assert.ok(texts.size >= 12, [...texts].join(', '))
    assert.ok(growth < 100e6, `${growth} bytes more`)
  }).timeout(60_000)
})
