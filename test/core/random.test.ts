import assert from 'node:assert/strict'
import { Random } from '../../src/core/random'

describe('Random', () => {
  it('gives the numbers of mulberry32, worked out by a program in another language', () => {
    const expected: Readonly<Record<number, readonly number[]>> = {
      0: [0.26642920868471265, 0.0003297457005828619, 0.2232720274478197],
      1: [0.6270739405881613, 0.002735721180215478, 0.5274470399599522],
      12345: [0.9797282677609473, 0.3067522644996643, 0.484205421525985],
    }
    for (const [seed, numbers] of Object.entries(expected)) {
      const random = new Random(Number(seed))
      assert.deepEqual(
        numbers.map(() => random.next()),
        numbers,
      )
    }
  })

  it('takes the low 32 bits of any seed', () => {
    assert.equal(new Random(2 ** 32 + 7).next(), new Random(7).next())
    assert.equal(new Random(-1).next(), new Random(0xffffffff).next())
  })

  it('gives normal numbers: mean, deviation, shares beyond 1, 2 and 3 deviations', () => {
    const random = new Random(5)
    const values = Array.from({ length: 100_000 }, () => random.normal())
    const mean = values.reduce((a, b) => a + b) / values.length
    const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length)
    assert.ok(Math.abs(mean) < 0.01, `mean ${mean}`)
    assert.ok(Math.abs(deviation - 1) < 0.01, `deviation ${deviation}`)
    for (const [beyond, share] of [
      [1, 0.3173],
      [2, 0.0455],
      [3, 0.0027],
    ] as const) {
      const seen = values.filter((value) => Math.abs(value) > beyond).length / values.length
      assert.ok(Math.abs(seen - share) < 4 * Math.sqrt(share / values.length), `${seen} beyond ${beyond}`)
    }
  })
})
