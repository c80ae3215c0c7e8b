import assert from 'node:assert/strict'
import { InputError } from '../../../src/core/errors'
import { inputLayout, LAYOUTS, type Layout } from '../../../src/model/onnx/layout'
import type { Dim } from '../../../src/model/onnx/read'
import { float } from './fake-session'

const find = (
  dims: readonly Dim[] | undefined,
  rows: number,
  channels: number,
  wish: Layout | 'auto' = 'auto',
): unknown => inputLayout(float('input', dims), { rows, channels }, wish)

describe('the layout of a model input', () => {
  it('is found where only one fits the frame', () => {
    assert.deepEqual(find(['batch', 50, 6], 50, 6), { layout: 'rows-channels', batch: 'any' })
    assert.deepEqual(find(['batch', 6, 50], 50, 6), { layout: 'channels-rows', batch: 'any' })
    assert.deepEqual(find([1, 50, 6], 50, 6), { layout: 'rows-channels', batch: 1 })
    assert.deepEqual(find([8, 3, 50], 50, 3), { layout: 'channels-rows', batch: 8 })
    assert.deepEqual(find(['batch', 300], 50, 6), { layout: 'flat', batch: 'any' })
    assert.deepEqual(find([50, 6], 50, 6), { layout: 'no-batch', batch: 1 })
    assert.deepEqual(find(['batch', 'time', 6], 50, 6), { layout: 'rows-channels', batch: 'any' })
    assert.deepEqual(find(['?', 6, 'time'], 50, 6), { layout: 'channels-rows', batch: 'any' })
    assert.deepEqual(find(['batch', 3], 1, 3), { layout: 'flat', batch: 'any' })
    assert.deepEqual(find([1, 3], 1, 3), { layout: 'flat', batch: 1 })
  })

  it('does not matter for one row or one channel: the values lie the same', () => {
    assert.deepEqual(find(['b', 1, 3], 1, 3), { layout: 'rows-channels', batch: 'any' })
    assert.deepEqual(find(['b', 'x', 'y'], 50, 1), { layout: 'rows-channels', batch: 'any' })
    assert.deepEqual(find(['b', 1, 50], 50, 1), { layout: 'channels-rows', batch: 'any' })
  })

  it('has to be chosen where two fit', () => {
    for (const dims of [
      ['b', 6, 6],
      ['b', 'x', 'y'],
    ] as const) {
      assert.throws(
        () => find(dims, 6, 6),
        (error) => error instanceof InputError && error.key === 'model.layoutAmbiguous',
      )
      assert.deepEqual(find(dims, 6, 6, 'channels-rows'), { layout: 'channels-rows', batch: 'any' })
      assert.deepEqual(find(dims, 6, 6, 'rows-channels'), { layout: 'rows-channels', batch: 'any' })
    }
    assert.deepEqual(find(['n', 6], 50, 6, 'no-batch'), { layout: 'no-batch', batch: 1 })
  })

  it('names the model’s shape, the frame’s and what to change where none fits', () => {
    const cases: readonly [readonly Dim[] | undefined, number, number, RegExp][] = [
      [['batch', 50, 6], 100, 6, /\[batch, 50, 6\].*100 rows × 6 channels.*length to 50/],
      [['batch', 50, 6], 50, 3, /\[batch, 50, 6\].*50 rows × 3 channels.*send 6 channels/],
      [['batch', 6, 50], 100, 6, /length to 50/],
      [['batch', 3, 50], 50, 6, /send 3 channels/],
      [['batch', 300], 100, 6, /length to 50/],
      [['batch', 300], 50, 7, /send 6 channels/],
      [['batch', 6], 50, 6, /length to 1 /],
      [['batch', 4], 1, 3, /send 4 channels/],
      [['batch', 17, 23], 100, 6, /do not fit in any way/],
      [['b', 1, 50, 6], 50, 6, /\[b, 1, 50, 6\].*do not fit/],
      [[], 50, 6, /does not say what shape/],
      [undefined, 50, 6, /does not say what shape/],
    ]
    for (const [dims, rows, channels, message] of cases) {
      assert.throws(
        () => find(dims, rows, channels),
        (error) => error instanceof InputError && message.test(error.message),
        String(message),
      )
    }
  })

  it('is refused where a fixed batch of such frames is too large to fill', () => {
    assert.deepEqual(find([3000, 'time', 6], 200, 6), { layout: 'rows-channels', batch: 3000 })
    assert.throws(
      () => find([1_000_000, 'time', 6], 200, 6),
      (error) => error instanceof InputError && error.key === 'model.onnxInputHuge',
    )
  })

  it('says when the one that was chosen does not fit', () => {
    const wrong = (error: unknown): boolean =>
      error instanceof InputError && error.key === 'model.layoutWrong'
    assert.throws(() => find(['b', 50, 6], 50, 6, 'channels-rows'), wrong)
    for (const layout of LAYOUTS.filter((each) => each !== 'no-batch'))
      assert.throws(() => find([50, 6], 50, 6, layout), wrong)
  })
})
