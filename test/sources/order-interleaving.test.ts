import assert from 'node:assert/strict'
import type { Frame } from '../../src/core/frame'
import { WindowStage } from '../../src/core/window'
import { OrderStage, type OrderOptions } from '../../src/sources/order'
import type { Samples } from '../../src/sources/samples'

const START = 1_700_000_000_000
const PERIOD = 10
const ROWS = 600
const WINDOW = { length: { value: 50, unit: 'samples' }, hop: { value: 25, unit: 'samples' } } as const

/** Small deterministic generator of numbers from 0 to 1. */
function random(seed: number): () => number {
  let state = seed + 1
  return () => (state = (state * 48271) % 2147483647) / 2147483647
}

interface Arrival {
  readonly row: number
  readonly at: number
}

/** Rows in the order of their arrival: up to 5 % twice, some late by up to a window. */
function interleaved(seed: number): readonly Arrival[] {
  const next = random(seed)
  const share = 0.05 * next()
  const arrivals: Arrival[] = []
  for (let row = 0; row < ROWS; row++) {
    const late = next() < 0.1 ? next() * 50 * PERIOD : 0
    arrivals.push({ row, at: START + row * PERIOD + late })
    if (next() < share) arrivals.push({ row, at: START + row * PERIOD + late + next() * 50 * PERIOD })
  }
  return arrivals.sort((a, b) => a.at - b.at)
}

/** The windows of rows that arrive so, joined to messages of random size where they came close together. */
function windows(arrivals: readonly Arrival[], options: Partial<OrderOptions>): readonly Frame[] {
  const order = new OrderStage({
    clock: 'device',
    counts: 'samples',
    wrap: 0,
    continuity: 'continuous',
    reorder: 0,
    ...options,
  })
  const window = new WindowStage(WINDOW)
  const out: Frame[] = []
  const take = (timed: ReturnType<OrderStage['push']>): void => {
    for (const { start, data } of timed.pieces)
      out.push(...window.push({ channels: ['x'], rate: 100, start, data }))
  }
  for (const { row, at } of arrivals) {
    const samples: Samples = {
      channels: ['x'],
      rate: 100,
      rows: 1,
      data: Float64Array.of(row),
      times: Float64Array.of(START + row * PERIOD),
      sequence: Float64Array.of(row % 65536),
    }
    take(order.push(samples, at))
  }
  take(order.tick(arrivals[arrivals.length - 1]!.at + 10_000))
  return out
}

const inOrder = Array.from({ length: ROWS }, (_, row) => ({ row, at: START + row * PERIOD }))

describe('windows of 1,000 random interleavings with duplicates and late samples', () => {
  it('equal those of the clean stream by the device’s times', () => {
    const clean = windows(inOrder, { reorder: 500 })
    assert.equal(clean.length, 23)
    for (let seed = 0; seed < 1000; seed++)
      assert.deepEqual(windows(interleaved(seed), { reorder: 500 }), clean, `seed ${seed}`)
  })

  it('equal those of the clean stream by the device’s count', () => {
    const options = { clock: 'sequence', reorder: 1000 } as const
    const clean = windows(inOrder, options).map(({ data }) => data)
    assert.equal(clean.length, 23)
    for (let seed = 0; seed < 1000; seed++) {
      assert.deepEqual(
        windows(interleaved(seed), options).map(({ data }) => data),
        clean,
        `seed ${seed}`,
      )
    }
  })

  it('never hold a sample twice or out of order where late ones are dropped', () => {
    for (let seed = 0; seed < 200; seed++) {
      for (const { data } of windows(interleaved(seed), {})) {
        for (let i = 1; i < data.length; i++) assert.ok(data[i]! > data[i - 1]!)
      }
    }
  })
})

describe('a gap', () => {
  it('of more than 20 samples is in no window', () => {
    for (let lost = 21; lost < 60; lost++) {
      const arrivals = inOrder.filter(({ row }) => row < 300 || row >= 300 + lost)
      for (const { data } of windows(arrivals, {})) assert.equal(data[49]! - data[0]!, 49)
    }
  })
})
