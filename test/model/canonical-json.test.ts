import assert from 'node:assert/strict'
import fc from 'fast-check'
import { InputError } from '../../src/core/errors'
import { canonicalJson } from '../../src/model/canonical-json'

describe('canonical JSON', () => {
  it('gives back every finite double bit by bit, negative zero too', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        assert.ok(Object.is(JSON.parse(canonicalJson(value)), value))
      }),
      { numRuns: 2000 },
    )
    assert.equal(
      canonicalJson([-0, 5e-324, 1.7976931348623157e308, 0.1]),
      '[-0,5e-324,1.7976931348623157e+308,0.1]',
    )
  })

  it('has one spelling, whatever the order in which properties were set', () => {
    assert.equal(
      canonicalJson({ b: 1, a: { d: [1, 'x'], c: null } }),
      canonicalJson({ a: { c: null, d: [1, 'x'] }, b: 1 }),
    )
    assert.equal(canonicalJson({ b: 1, a: undefined, Z: true }), '{"Z":true,"b":1}')
  })

  it('writes typed arrays as lists of the very numbers that they hold', () => {
    assert.equal(canonicalJson({ w: new Float32Array([0.1, -2]) }), '{"w":[0.10000000149011612,-2]}')
    assert.deepEqual(
      new Float32Array(JSON.parse(canonicalJson(new Float32Array([0.1, 1e-40])))),
      new Float32Array([0.1, 1e-40]),
    )
  })

  it('refuses what plain JSON cannot hold and names the place', () => {
    const cases: readonly [unknown, RegExp][] = [
      [{ a: [1, NaN] }, /a\[1\].*NaN/],
      [{ a: { b: Infinity } }, /a\.b.*Infinity/],
      [{ when: new Date(0) }, /when.*Date/],
      [[undefined], /\[0\].*undefined/],
      [{ f: () => 1 }, /f.*function/],
      [{ m: new Map() }, /m.*Map/],
      [10n, /bigint/],
    ]
    for (const [value, message] of cases) {
      assert.throws(
        () => canonicalJson(value),
        (error) => error instanceof InputError && message.test(error.message),
      )
    }
  })

  it('ends on a nesting without end', () => {
    const loop: unknown[] = []
    loop.push(loop)
    assert.throws(() => canonicalJson(loop), InputError)
  })
})
