import assert from 'node:assert/strict'
import type { Frame } from '../../src/core/frame'
import { validationGap } from '../../src/train/fit-autoencoder'
import { packWindows, unpackWindows } from '../../src/train/packed-windows'

/** Windows of a second at 100 Hz, one every `hop` seconds. */
function windows(count: number, hop: number): readonly Frame[] {
  return Array.from({ length: count }, (_, i) => ({
    channels: ['a', 'b'],
    rate: 100,
    start: 1000 * hop * i,
    data: Float32Array.from({ length: 200 }, (__, j) => i + j / 1000),
  }))
}

describe('packed windows', () => {
  it('hold what the frames hold, in memory that threads share', async () => {
    const frames = windows(5, 0.5)
    const packed = await packWindows(frames)
    assert.ok(packed.data.buffer instanceof SharedArrayBuffer)
    assert.equal(packed.data.length, 1000)
    assert.deepEqual(
      unpackWindows(packed).map(({ channels, start, end, data }) => ({ channels, start, end, data })),
      frames.map(({ channels, start, data }) => ({ channels, start, end: start + 1000, data })),
    )
  })

  it('refuse one of another shape', async () => {
    const frames = [...windows(2, 1), { ...windows(1, 1)[0]!, data: new Float32Array(202) }]
    await assert.rejects(packWindows(frames), { key: 'learning.mismatch' })
  })

  it('are packed a few milliseconds at a time, and no longer than until the signal', async () => {
    const frames = new Array<Frame>(30_000).fill(windows(1, 1)[0]!)
    let turns = 0
    let over = false
    const count = (): void => {
      turns++
      if (!over) setImmediate(count)
    }
    setImmediate(count)
    const began = performance.now()
    await packWindows(frames)
    over = true
    // A slice has 4 ms; the clock of a loaded machine runs on in between.
    const slices = (performance.now() - began) / 4
    assert.ok(turns >= 1 && turns >= Math.floor(slices / 8), `${turns} turns in ${slices} slices`)
    const controller = new AbortController()
    const packing = packWindows(frames, controller.signal)
    controller.abort(new Error('redeployed'))
    await assert.rejects(packing, { message: 'redeployed' })
  })
})

describe('the gap between the windows to train on and those that validate', () => {
  const gap = async (count: number, hop: number): Promise<number> =>
    validationGap(await packWindows(windows(count, hop)))

  it('leaves out every window that shares samples with one that validates', async () => {
    assert.equal(await gap(100, 0.1), 9)
    assert.equal(await gap(100, 0.25), 3)
    assert.equal(await gap(100, 0.5), 1)
  })

  it('is one window where none overlap, and leaves half of them to train on', async () => {
    assert.equal(await gap(100, 1), 1)
    assert.equal(await gap(100, 3), 1)
    assert.equal(await gap(100, 0.01), 30)
  })
})
