import assert from 'node:assert/strict'
import { Refusals } from '../../src/core/refusals'
import { ChannelMap } from '../../src/sources/channel-map'
import type { Batch } from '../../src/sources/decode/decoder'
import type { ChannelSetting } from '../../src/sources/source-settings'

function channel(name: string, rest: Partial<ChannelSetting> = {}): ChannelSetting {
  return { name, unit: 'g', scale: 1, offset: 0, ...rest }
}

function batch(channels: readonly string[], values: readonly number[], rest: Partial<Batch> = {}): Batch {
  return { channels, data: Float64Array.from(values), ...rest }
}

describe('ChannelMap', () => {
  it('picks, scales and shifts columns by name', () => {
    const map = new ChannelMap(
      [channel('ay', { from: 'y', scale: 2, offset: -1 }), channel('x', { scale: 0.5 })],
      200,
    )
    const samples = map.map(batch(['x', 'label', 'y'], [1, 9, 10, 2, 9, 20]), new Refusals())!
    assert.deepEqual([...samples.data], [19, 0.5, 39, 1])
    assert.deepEqual(
      [samples.channels, samples.units, samples.rate, samples.rows],
      [['ay', 'x'], ['g', 'g'], 200, 2],
    )
  })

  it('picks by number, and in order where the data have no names', () => {
    const byNumber = new ChannelMap([channel('a', { from: '3' }), channel('b', { from: '1' })])
    assert.deepEqual([...byNumber.map(batch(['ch1', 'ch2', 'ch3'], [1, 2, 3]), new Refusals())!.data], [3, 1])
    const inOrder = new ChannelMap([channel('a'), channel('b')])
    assert.deepEqual([...inOrder.map(batch(['ch1', 'ch2'], [1, 2]), new Refusals())!.data], [1, 2])
    assert.deepEqual(
      [...new ChannelMap([channel('t')]).map(batch(['value'], [5]), new Refusals())!.data],
      [5],
    )
  })

  it('honours the number of one channel where the others are taken in order', () => {
    const map = new ChannelMap([channel('az', { from: '3' }), channel('ax'), channel('ay')])
    assert.deepEqual([...map.map(batch(['ch1', 'ch2', 'ch3'], [1, 2, 3]), new Refusals())!.data], [3, 1, 2])
  })

  it('counts columns as they were sent where some were taken out', () => {
    const map = new ChannelMap([channel('ay', { from: '3' }), channel('ax', { from: '2' })])
    assert.deepEqual([...map.map(batch(['ch2', 'ch3'], [2, 3]), new Refusals())!.data], [3, 2])
  })

  it('takes the unit of each column with it, where the channel sets none', () => {
    const units = (channels: readonly ChannelSetting[]): unknown =>
      new ChannelMap(channels).map(batch(['ax', 'temp'], [1, 20], { units: ['g', '°C'] }), new Refusals())!
        .units
    const plain = { unit: '' }
    assert.deepEqual(units([channel('temp', plain), channel('ax', plain)]), ['°C', 'g'])
    assert.deepEqual(units([channel('temp', plain)]), ['°C'])
    assert.deepEqual(units([channel('temp', { unit: 'K' }), channel('ax', plain)]), ['K', 'g'])
    assert.deepEqual(units([]), ['g', '°C'])
  })

  it('says of a value that is no number that it is none', () => {
    const refusals = new Refusals()
    new ChannelMap([]).map(batch(['x'], [NaN]), refusals)
    assert.match(refusals.errors[0]!.message, /row 0 is NaN, not a finite number/)
  })

  it('names the column that is missing and those that are there', () => {
    const map = new ChannelMap([channel('ax'), channel('az')])
    assert.throws(() => map.map(batch(['ax', 'ay'], [1, 2]), new Refusals()), {
      name: 'InputError',
      key: 'sources.missingChannel',
      message: /az.*ax, ay/,
    })
    assert.throws(() => map.map(batch(['ch1', 'ch2', 'ch3'], [1, 2, 3]), new Refusals()), {
      key: 'sources.missingChannel',
    })
  })

  it('takes the columns as they are where none are configured', () => {
    const given = batch(['x', 'y'], [1, 2], { units: ['g', 'g'], rate: 50, times: Float64Array.of(7) })
    const samples = new ChannelMap([]).map(given, new Refusals())!
    assert.equal(samples.data, given.data)
    assert.deepEqual(
      [samples.channels, samples.units, samples.rate, [...samples.times!]],
      [['x', 'y'], ['g', 'g'], 50, [7]],
    )
  })

  it('leaves out rows that single precision cannot hold, with their times', () => {
    const refusals = new Refusals()
    const given = batch(['x'], [1, 1e30, 3], { times: Float64Array.of(10, 20, 30) })
    const samples = new ChannelMap([channel('x', { scale: 1e10 })]).map(given, refusals)!
    assert.deepEqual(
      [[...samples.data], [...samples.times!], samples.kept],
      [
        [1e10, 3e10],
        [10, 30],
        [0, 2],
      ],
    )
    assert.deepEqual(
      [refusals.count, refusals.errors[0]!.key, refusals.errors[0]!.params['row']],
      [1, 'frame.tooBig', 1],
    )
  })
})
