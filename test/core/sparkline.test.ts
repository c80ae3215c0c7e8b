import assert from 'node:assert/strict'
import { shortNumber, sparkline } from '../../src/core/sparkline'
import { uniforms } from './thresholds/simulated-scores'

describe('sparkline', () => {
  it('draws the last eight scores against the threshold and the newest as a number', () => {
    assert.equal(sparkline([0, 1, 2, 3, 4, 5, 5.9, 6], 6), '▁▂▃▄▅▆▆▆ 6')
    assert.equal(sparkline([9, 1, 1, 1, 1, 1, 1, 6.1, 12], 6), '▂▂▂▂▂▂▇█ 12')
    assert.equal(sparkline([0.1, 4.2], 4), '▁▇ 4.2')
  })

  it('fills up to the highest score where there is no threshold, and marks windows without a score', () => {
    assert.equal(sparkline([1, 2, null, 4], null), '▂▄·▆ 4')
    assert.equal(sparkline([3, null], null), '▆·')
    assert.equal(sparkline([0, 0], null), '▁▁ 0')
    assert.equal(sparkline([0, 1], 0), '▁▇ 1')
    assert.equal(sparkline([], 5), '')
  })

  it('is always shorter than 20 characters', () => {
    const next = uniforms(9)
    for (let i = 0; i < 5000; i++) {
      const scores = Array.from({ length: 9 }, () => 10 ** (600 * next() - 300) * (next() < 0.1 ? 0 : 1))
      const text = sparkline(scores, 10 ** (600 * next() - 300))
      assert.ok([...text].length < 20 && !/NaN|undefined/.test(text), text)
    }
  })

  it('shortens numbers to three figures', () => {
    assert.deepEqual([4.2, 0.0001234, 123456, 12.345, 1e-12, 2.5e30].map(shortNumber), [
      '4.2',
      '1.2e-4',
      '123000',
      '12.3',
      '1e-12',
      '2.5e30',
    ])
  })
})
