import assert from 'node:assert/strict'
import { ContextRuns } from '../../src/core/context-runs'
import type { Frame } from '../../src/core/frame'

const T0 = 1_700_000_000_000

/** Rows at 10 Hz of one channel that counts, and the channel `mode`. */
const frame = (first: number, modes: readonly number[]): Frame => ({
  channels: ['mode', 'ax'],
  rate: 10,
  start: T0 + 100 * first,
  data: Float32Array.from(modes.flatMap((mode, i) => [mode, first + i])),
})
const shown = (runs: ReturnType<ContextRuns['push']>): unknown[] =>
  runs.map(({ context, frame: { start, data }, left }) => [context, left, start - T0, ...data])

describe('ContextRuns', () => {
  it('parts a frame where the channel changes and takes the channel out', () => {
    const runs = new ContextRuns({ channel: 'mode', settleMs: 0 })
    assert.deepEqual(shown(runs.push(frame(0, [1, 1, 0.1, 0.1, 0.1]))), [
      ['1', undefined, 0, 0, 1],
      ['0.1', '1', 200, 2, 3, 4],
    ])
    assert.deepEqual(shown(runs.push(frame(5, [0.1, 7]))), [
      ['0.1', undefined, 500, 5],
      ['7', '0.1', 600, 6],
    ])
  })

  it('leaves out the settling time after a change, across frames, but not at the very beginning', () => {
    const runs = new ContextRuns({ channel: 'mode', settleMs: 250 })
    assert.deepEqual(shown(runs.push(frame(0, [1, 1, 2, 2]))), [
      ['1', undefined, 0, 0, 1],
      ['2', '1', 400],
    ])
    assert.deepEqual(shown(runs.push(frame(4, [2, 2]))), [['2', undefined, 500, 5]])
  })

  it('settles from a change until rows of the new state are used', () => {
    const runs = new ContextRuns({ channel: 'mode', settleMs: 250 })
    const settlesAfter = (first: number, modes: readonly number[]): boolean => {
      runs.push(frame(first, modes))
      return runs.isSettling
    }
    assert.equal(settlesAfter(0, [1, 1]), false)
    assert.equal(settlesAfter(2, [2, 2]), true)
    const after = new ContextRuns({ channel: 'mode', settleMs: 250 })
    after.restore(JSON.parse(JSON.stringify(runs.snapshot())))
    assert.equal(after.isSettling, true)
    assert.equal(settlesAfter(4, [2, 2]), false)
  })

  it('follows the times of rows where they have their own', () => {
    const runs = new ContextRuns({ settleMs: 1000 })
    const timed: Frame = {
      channels: ['ax'],
      start: T0,
      times: Float64Array.from([T0, T0 + 999, T0 + 1000]),
      data: Float32Array.from([0, 1, 2]),
    }
    runs.push({ channels: ['ax'], start: T0 - 1, data: Float32Array.of(9) }, 'low')
    const [run] = runs.push(timed, 'high')
    assert.deepEqual([run!.context, run!.left], ['high', 'low'])
    assert.deepEqual([...run!.frame.data], [2])
    assert.deepEqual([...run!.frame.times!], [T0 + 1000])
  })

  it('keeps its place over a restart', () => {
    const before = new ContextRuns({ settleMs: 1000 })
    before.push(frame(0, [0]), 'low')
    before.push(frame(1, [0]), 'high')
    const after = new ContextRuns({ settleMs: 1000 })
    after.restore(JSON.parse(JSON.stringify(before.snapshot())))
    assert.deepEqual(after.push(frame(10, [0]), 'high'), [])
    assert.equal(after.push(frame(11, [0]), 'high').length, 1)
    assert.throws(() => after.restore({ context: 4 }), { key: 'frame.foreignState' })
  })

  it('names the channel that is missing, and refuses to take out the only one', () => {
    const runs = new ContextRuns({ channel: 'speed', settleMs: 0 })
    assert.throws(() => runs.push(frame(0, [1])), {
      key: 'frame.noContextChannel',
      params: { field: 'msg.payload', channel: 'speed', channels: 'mode, ax' },
    })
    const only: Frame = { channels: ['speed'], start: T0, data: Float32Array.of(1) }
    assert.throws(() => runs.push(only), { key: 'frame.onlyContextChannel' })
  })

  it('writes the contract of a source without that channel', () => {
    const runs = new ContextRuns({ channel: 'mode', settleMs: 0 })
    const contractAfter = (contract: readonly string[]): unknown =>
      runs.push({ ...frame(0, [1]), units: ['', 'g'], contract })[0]!.frame.contract
    assert.deepEqual(contractAfter(['source mode,ax -,g 10 Hz']), ['source ax g 10 Hz'])
    assert.deepEqual(contractAfter(['source mode,ax -,g 10 Hz', 'limits']), [
      'source mode,ax -,g 10 Hz',
      'limits',
      'without mode',
    ])
  })
})
