import assert from 'node:assert/strict'
import type { Frame } from '../../src/core/frame'
import { FeatureStage } from '../../src/core/features/feature-stage'
import { FEATURE_GROUPS, FEATURES } from '../../src/core/features/registry'
import { readFeatureSettings } from '../../src/core/features/settings'
import { format } from '../../src/core/messages'
import type { Verdict } from '../../src/core/verdict'
import { normal } from '../expectations/signal-core'
import { paletteNodes } from './palette-node'

const CHANNELS = ['ax', 'ay', 'az']
const ROWS = 64
const HELP = paletteNodes().find(({ name }) => name === 'features')!.help

function noise(seed: number, channels: readonly string[] = CHANNELS, scale = 1): Frame {
  const next = normal(seed)
  const data = Float32Array.from(
    { length: ROWS * channels.length },
    (_, i) => scale * (next() + (i % channels.length)),
  )
  return { channels, rate: 200, start: 1e12, data }
}

function stage(settings: Record<string, unknown>): FeatureStage {
  return new FeatureStage(readFeatureSettings(settings))
}

function columns(frame: Frame, settings: Record<string, unknown>): Map<string, number> {
  const [found] = stage(settings).push(frame)
  assert.ok(found !== undefined && 'channels' in found, JSON.stringify(found))
  assert.equal(found.data.length, found.channels.length)
  assert.equal(found.data.buffer.byteLength, found.data.byteLength)
  return new Map(found.channels.map((name, i) => [name, found.data[i]!]))
}

describe('contract of every feature', () => {
  it('has a name of its own, and groups name features that exist', () => {
    const names = FEATURES.map((feature) => feature.name)
    assert.equal(new Set(names).size, names.length)
    for (const [group, members] of Object.entries(FEATURE_GROUPS)) {
      assert.ok(!names.includes(group))
      for (const member of members) assert.ok(names.includes(member), member)
    }
  })

  for (const feature of FEATURES) {
    describe(feature.name, () => {
      const settings = { features: [feature.name] }

      it('has a label, and a word on it in the help of the node', () => {
        assert.notEqual(format(feature.labelKey), feature.labelKey)
        assert.match(HELP, new RegExp(`<dt>(.*, )?${feature.name}(,.*)?</dt>`))
      })

      it('gives finite columns with names of their own, the same for the same window', () => {
        const first = columns(noise(1), settings)
        assert.ok(first.size >= 3)
        for (const [name, value] of first) {
          assert.ok(Number.isFinite(value), name)
          assert.match(name, feature.scope === 'axis' ? /^a[xyz]\.[a-z0-9_]+$/ : /^[a-z]+\.a[xyz]\.a[xyz]$/)
        }
        assert.deepEqual(columns(noise(1), settings), first)
        assert.notDeepEqual([...columns(noise(2), settings).values()], [...first.values()])
      })

      it('depends on nothing but the window at hand', () => {
        const used = stage(settings)
        for (let seed = 10; seed < 40; seed++) used.push(noise(seed, CHANNELS, seed))
        const [after] = used.push(noise(1))
        assert.ok(after !== undefined && 'channels' in after)
        assert.deepEqual(
          new Map(after.channels.map((name, i) => [name, after.data[i]!])),
          columns(noise(1), settings),
        )
      })

      it('gives each channel the same numbers wherever it stands', () => {
        const frame = noise(5)
        const turned = {
          ...frame,
          channels: ['az', 'ax', 'ay'],
          data: frame.data.map((_, i) => frame.data[3 * Math.floor(i / 3) + [2, 0, 1][i % 3]!]!),
        }
        const there = columns(frame, settings)
        for (const [name, value] of columns(turned, settings)) {
          const [head, a, b] = name.split('.')
          const wanted = there.get(name) ?? there.get(`${head}.${b}.${a}`)
          assert.ok(
            wanted !== undefined && Math.abs(value - wanted) <= 1e-6 * Math.max(1, Math.abs(wanted)),
            name,
          )
        }
      })

      it('gives finite numbers at every magnitude that fits, and refuses by name what does not', () => {
        for (const scale of [1e-38, 1e-20, 1e-6, 1e6, 1e20, 1e37]) {
          for (const value of columns(noise(3, CHANNELS, scale), settings).values())
            assert.ok(Number.isFinite(value), String(scale))
        }
        for (const bad of [NaN, Infinity, -Infinity]) {
          const frame = noise(4)
          frame.data[7] = bad
          assert.throws(() => stage(settings).push(frame), {
            name: 'InputError',
            message: /channel ay, row 2/,
          })
        }
      })

      it('never puts something that is not finite into a column when a channel is constant', () => {
        const frame = noise(6)
        for (let i = 0; i < ROWS; i++) frame.data[3 * i + 1] = 9.81
        for (const [name, value] of columns(frame, { ...settings, constantWindow: 'score' }))
          assert.ok(Number.isFinite(value), name)
        const [verdict] = stage({ ...settings, constantWindow: 'stuck' }).push(frame)
        assert.ok(verdict !== undefined && 'reason' in verdict && verdict.reason === 'STUCK')
        assert.match(verdict.detail ?? '', /channel ay is constant/)
      })

      it('enters its parameters, and only its own, into the contract', () => {
        const line = (more: Record<string, unknown>): string => {
          const [found] = stage({ ...settings, ...more }).push(noise(1))
          return found!.contract!.at(-1)!
        }
        assert.ok(line({}).startsWith(`features v1 ${feature.name}`))
        const changes = { removeMean: false, bands: 3, lags: 2, resolution: 0.25 }
        for (const [name, value] of Object.entries(changes)) {
          const uses = feature.uses?.some((used) => used === name) === true
          assert.equal(line({ [name]: value }) !== line({}), uses, name)
          const before = columns(noise(1), settings)
          if (!uses) assert.deepEqual(columns(noise(1), { ...settings, [name]: value }), before, name)
        }
      })
    })
  }
})

describe('FeatureStage', () => {
  it('gives all default features, per channel in one order, then the pairs; with the span of the window', () => {
    const [found] = stage({}).push(noise(1))
    assert.ok(found !== undefined && 'channels' in found)
    assert.equal(found.channels.length, 42)
    assert.deepEqual(found.channels.slice(0, 7), [
      'ax.log_rms',
      'ax.mad',
      'ax.skewness',
      'ax.kurtosis',
      'ax.crest',
      'ax.band1',
      'ax.band2',
    ])
    assert.deepEqual(found.channels.slice(-3), ['corr.ax.ay', 'corr.ax.az', 'corr.ay.az'])
    assert.deepEqual([found.start, found.end, found.rate], [1e12, 1e12 + 320, undefined])
    assert.deepEqual(found.contract, [
      'channels ax,ay,az',
      'features v1 log_rms,mad,skewness,kurtosis,crest,bands,corr mean removed bands 8 resolution auto',
    ])
  })

  it('takes single columns, the same as in the whole, and says them in one order', () => {
    const all = columns(noise(1), { features: 'default' })
    const some = columns(noise(1), { features: 'corr.az.ax, ay.band3 ax.log_rms,kurtosis' })
    assert.deepEqual(
      [...some.keys()],
      ['ax.log_rms', 'ax.kurtosis', 'ay.kurtosis', 'ay.band3', 'az.kurtosis', 'corr.ax.az'],
    )
    for (const [name, value] of some) assert.equal(value, all.get(name))
    const line = (features: string): string => stage({ features }).push(noise(1))[0]!.contract!.at(-1)!
    assert.equal(line('kurtosis,ax.log_rms,log_rms'), line('log_rms kurtosis kurtosis'))
  })

  it('refuses settings by name', () => {
    const bad: [Record<string, unknown>, RegExp][] = [
      [{ features: 'loudness' }, /^features must be one of default, slow, log_rms/],
      [{ features: ['ax.loudness'] }, /^features/],
      [{ features: [7] }, /^features/],
      [{ features: [] }, /^features is empty: fill it in$/],
      [{ bands: 0 }, /^bands/],
      [{ bands: '10, 5' }, /^bands/],
      [{ bands: '10, x' }, /^bands/],
      [{ lags: 1.5 }, /^lags/],
      [{ bands: '-5, 10' }, /^bands must be at least 0, not -5$/],
      [{ resolution: 0 }, /^resolution must be a number above 0, or one for each channel .*; not 0$/],
      [{ resolution: { ax: 'a' } }, /^resolution .*; not ax=a$/],
      [{ resolution: '0.1, 0.2' }, /^resolution .*; not 0\.1, 0\.2$/],
      [{ fullScale: 'ax=2, ay=-1' }, /^fullScale .*; not ay=-1$/],
      [{ removeMean: 'perhaps' }, /^removeMean/],
      [{ constantWindow: 'x' }, /^constantWindow/],
      [{ saturatedShare: 2 }, /^saturatedShare/],
    ]
    for (const [settings, message] of bad)
      assert.throws(() => readFeatureSettings(settings), { name: 'ConfigError', message })
  })

  it('refuses windows that cannot give what is asked, in plain words', () => {
    const bad: [Frame, Record<string, unknown>, RegExp][] = [
      [noise(1), { features: 'gx.log_rms' }, /features asks for gx.log_rms/],
      [noise(1, ['ax']), { features: 'corr' }, /features gives no column/],
      [{ ...noise(1), rate: undefined }, { features: 'dominant_frequency' }, /dominant_frequency is in Hz/],
      [{ ...noise(1), rate: undefined }, { bands: '1,2' }, /bands are given in Hz/],
      [noise(1), { bands: 40 }, /bands: band \d+ holds no line/],
      [noise(1), { bands: '0, 1, 50' }, /bands: band 1 holds no line/],
      [noise(1), { bands: '5, 20, 400' }, /bands reach to 400 Hz, but samples at 200 Hz .* at most 100 Hz$/],
      [
        noise(1),
        { features: 'lag', lags: 100 },
        /lag needs windows of at least 100 samples, but they have 64/,
      ],
    ]
    for (const [frame, settings, message] of bad) {
      assert.throws(() => stage(settings).push(frame), { name: 'InputError', message })
    }
  })

  it('takes bands that end at half the rate', () => {
    assert.equal(columns(noise(1, ['ax']), { features: 'bands', bands: '5, 20, 100' }).size, 2)
  })

  it('tells of windows whose samples do not come at their rate, where the spectrum is taken', () => {
    const told: unknown[] = []
    const push = (features: string, time: (i: number) => number, rate?: number): unknown => {
      const times = Float64Array.from({ length: ROWS }, (_, i) => time(i))
      const listening = new FeatureStage(readFeatureSettings({ features }), (...what) => told.push(what))
      listening.push({ ...noise(1), rate, times })
      return told.splice(0)
    }
    const uneven = (i: number): number => 5 * i + (i % 3) * 2.4
    const all = 'dominant_frequency,bands,rms'
    assert.deepEqual(
      push(all, (i) => uneven(2 * i), 200),
      [[['bands', 'dominant_frequency'], 200]],
    )
    assert.deepEqual(
      push('rms,kurtosis', (i) => uneven(2 * i), 200),
      [],
    )
    // Regular within the jitter, and a stream that has no rate to keep to.
    assert.deepEqual(
      push(all, (i) => 5 * i + (i % 2) * 2, 200),
      [],
    )
    assert.deepEqual(
      push('bands', (i) => uneven(2 * i)),
      [],
    )
    // As regular as can be, at half the rate that is set.
    assert.deepEqual(
      push('bands', (i) => 10 * i, 200),
      [[['bands'], 200]],
    )
  })

  it('answers SATURATED where more than the share allowed lies at the end of the range', () => {
    const clipped = (count: number, sign = 1): Frame => {
      const frame = noise(1, ['ax', 'ay'], 0.1)
      for (let i = 0; i < count; i++) frame.data[2 * i + 1] = sign * 1.999
      return frame
    }
    const reason = (frame: Frame, settings: Record<string, unknown>): string => {
      const [found] = stage(settings).push(frame)
      return found !== undefined && 'reason' in found ? `${found.reason} ${found.detail}` : 'frame'
    }
    assert.match(
      reason(clipped(4), { fullScale: 2 }),
      /^SATURATED channel ay .*\(2\) in 6\.3 % of the window/,
    )
    assert.match(reason(clipped(4, -1), { fullScale: 'ay=2' }), /^SATURATED channel ay/)
    assert.equal(reason(clipped(4), { fullScale: { ax: 2 } }), 'frame')
    assert.equal(reason(clipped(4), {}), 'frame')
    assert.equal(reason(clipped(4), { fullScale: 2, saturatedShare: 0.1 }), 'frame')
    assert.equal(reason(clipped(1), { fullScale: 2, saturatedShare: 0.02 }), 'frame')
  })

  it('lets a constant window of a slow metric pass, and stops one of a vibration', () => {
    const frame: Frame = { channels: ['temp'], start: 5, data: new Float32Array(ROWS).fill(51.5) }
    assert.equal(columns(frame, { features: 'slow' }).get('temp.lag1'), 51.5)
    const [verdict] = stage({}).push(frame) as [Verdict]
    assert.equal(verdict.reason, 'STUCK')
    assert.equal(verdict.score, null)
    assert.deepEqual(verdict.window, { start: 5, end: 5 })
    assert.match(verdict.detail ?? '', /temp is constant at 51\.5/)
  })

  it('keeps streams of other channels, lengths and rates apart', () => {
    const mixed = stage({})
    const frames = [
      noise(1),
      noise(2, ['gx', 'gy']),
      { ...noise(3), rate: 50 },
      { ...noise(4), data: noise(4).data.slice(0, 96) },
    ]
    const wanted = frames.map((frame) => JSON.stringify(stage({}).push(frame)))
    for (let round = 0; round < 3; round++) {
      frames.forEach((frame, i) => assert.equal(JSON.stringify(mixed.push(frame)), wanted[i]))
    }
  })
})
