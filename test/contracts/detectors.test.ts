import assert from 'node:assert/strict'
import { DETECTORS } from '../../src/core/detectors/registry'
import type { Frame } from '../../src/core/frame'
import { format } from '../../src/core/messages'
import type { Detector, FittedPart, Model, Score } from '../../src/core/stage'
import { normal } from '../expectations/signal-core'

const CHANNELS = ['ax', 'ay', 'az', 'gx', 'gy']

/** Unit of each channel's noise; of one order, as a scaler leaves them. */
const unit = (c: number): number => 1 + c / 4

/** Correlated columns, one row a frame. */
function block(seed: number, count: number, channels: readonly string[] = CHANNELS): Frame[] {
  const next = normal(seed)
  return Array.from({ length: count }, (_, i) => {
    const common = next()
    const values = CHANNELS.map((_, c) => unit(c) * (next() + 0.6 * common + c))
    return {
      channels,
      start: 1e12 + i * 500,
      data: Float32Array.from(channels, (name) => values[CHANNELS.indexOf(name)]!),
    }
  })
}

describe('registry of detectors', () => {
  it('has names of their own', () => {
    const names = DETECTORS.map((spec) => spec.name)
    assert.equal(new Set(names).size, names.length)
  })
})

for (const spec of DETECTORS) {
  describe(`contract of ${spec.name}`, () => {
    const make = (): Detector => spec.make(spec.defaults)
    const train = block(1, 120)
    let part: FittedPart
    let model: Model<Score>
    before(async () => {
      part = await make().fit(train)
      model = make().load(part.body, part.blobs)
    })
    const scores = async (frames: readonly Frame[], by = model): Promise<readonly Score[]> => by.apply(frames)

    it('has a label and makes itself from untouched settings', () => {
      assert.notEqual(format(spec.labelKey), spec.labelKey)
      assert.equal(spec.make({}).line, make().line)
      assert.ok(make().line.startsWith(spec.name))
    })

    it('gives finite scores ≥ 0 with shares ≥ 0 that add up to 1', async () => {
      for (const { score, contributions } of await scores([...train, ...block(2, 50)])) {
        assert.ok(Number.isFinite(score) && score >= 0)
        assert.deepEqual(Object.keys(contributions), CHANNELS)
        const shares = Object.values(contributions)
        assert.ok(shares.every((share) => share >= 0))
        assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-12)
      }
    })

    it('gives higher scores to what lies further out, and blames the channel that does', async () => {
      for (const [c, channel] of CHANNELS.entries()) {
        const out = [5, 10, 20].map((far) => {
          const frame = block(3, 1)[0]!
          frame.data[c] = unit(c) * (c + far)
          return frame
        })
        const found = await scores(out)
        assert.ok(found[0]!.score < found[1]!.score && found[1]!.score < found[2]!.score)
        assert.ok(
          found[2]!.contributions[channel]! > 0.5,
          `${channel}: ${JSON.stringify(found[2]!.contributions)}`,
        )
      }
    })

    it('scores the same to the bit after a round trip through JSON', async () => {
      const loaded = make().load(JSON.parse(JSON.stringify(part.body)), part.blobs)
      assert.deepEqual(await scores(block(4, 50), loaded), await scores(block(4, 50)))
    })

    it('scores many frames in one call as one by one, and again the same', async () => {
      const frames = block(5, 40)
      const together = await scores(frames)
      const single = [] as Score[]
      for (const frame of frames) single.push(...(await scores([frame])))
      assert.deepEqual(single, together)
      assert.deepEqual(await scores(frames), together)
      assert.deepEqual(await scores([]), [])
    })

    it('learns the same from the same block', async () => {
      assert.deepEqual((await make().fit(block(1, 120))).body, part.body)
    })

    it('does not depend on the order of the channels', async () => {
      const order = ['gy', 'az', 'ax', 'gx', 'ay']
      const turned = make().load((await make().fit(block(1, 120, order))).body)
      const there = await scores(block(6, 20, order), turned)
      for (const [i, { score, contributions }] of (await scores(block(6, 20))).entries()) {
        assert.ok(Math.abs(there[i]!.score - score) <= 1e-9 * score)
        for (const channel of CHANNELS)
          assert.ok(Math.abs(there[i]!.contributions[channel]! - contributions[channel]!) < 1e-9)
      }
    })

    it('changes no frame, and keeps none', async () => {
      const frames = block(7, 5)
      const before = frames.map((frame) => frame.data.slice())
      const first = structuredClone(await scores(frames))
      assert.deepEqual(
        frames.map((frame) => frame.data),
        before,
      )
      const kept = await scores(frames)
      for (const frame of frames) frame.data.fill(1e6)
      await scores(frames)
      assert.deepEqual(kept, first)
    })

    it('refuses values that are not finite, by channel, in use and in learning', async () => {
      for (const bad of [NaN, Infinity, -Infinity]) {
        const frames = block(8, 60)
        frames[40]!.data[3] = bad
        const message = /channel gx, row 0 is/
        await assert.rejects(async () => scores([frames[40]!]), { name: 'InputError', message })
        await assert.rejects(async () => make().fit(frames), { name: 'InputError', message })
      }
    })

    it('gives finite scores for every finite value, or refuses by channel', async () => {
      for (const far of [1e-45, 1e10, 1e20, 3.4e38, -3.4e38]) {
        const frame = block(9, 1)[0]!
        frame.data[2] = far
        const [found] = await scores([frame])
        assert.ok(Number.isFinite(found!.score) && found!.score >= 0)
        const sum = Object.values(found!.contributions).reduce((all, share) => all + share, 0)
        assert.ok(Math.abs(sum - 1) < 1e-9, String(far))
      }
    })

    it('says how many windows it needs, and learns from exactly as many', async () => {
      const need = make().minimumRows(CHANNELS.length)
      await make().fit(block(10, need))
      await assert.rejects(async () => make().fit(block(10, need - 1)), {
        name: 'InputError',
        message: new RegExp(`at least ${need} windows, but only ${need - 1}`),
      })
    })

    it('refuses a block in which nothing changes, and warns of one channel that does not', async () => {
      const still = block(11, 60).map((frame) => ({ ...frame, data: block(11, 1)[0]!.data }))
      await assert.rejects(async () => make().fit(still), {
        name: 'InputError',
        message: /every channel is constant/,
      })
      const frames = block(12, 60)
      for (const frame of frames) frame.data[1] = 7
      const { report, body } = await make().fit(frames)
      assert.ok(
        report.warnings.some(
          ({ key, params }) => key === 'learning.constantChannel' && params.channel === 'ay',
        ),
      )
      for (const { score } of await scores(frames, make().load(body)))
        assert.ok(Number.isFinite(score) && score < 20)
    })

    it('refuses frames of other channels or rows, and a foreign part', async () => {
      const other = { ...block(13, 1)[0]!, channels: ['ax', 'ay', 'az', 'gx', 'gz'] }
      await assert.rejects(async () => scores([other]), { name: 'InputError', message: /gy.*gz/ })
      const body = part.body as Readonly<Record<string, unknown>>
      const bad: unknown[] = [
        null,
        'x',
        [],
        {},
        { ...body, version: 99 },
        { ...body, channels: [] },
        { ...body, center: [0, 0] },
      ]
      for (const foreign of bad) assert.throws(() => make().load(foreign), { name: 'InputError' })
    })

    it('reports rows and figures that are numbers', () => {
      assert.equal(part.report.rows, 120)
      assert.deepEqual(part.report.warnings, [])
      for (const figure of Object.values(part.report.figures).flat()) assert.ok(Number.isFinite(figure))
    })
  })
}
