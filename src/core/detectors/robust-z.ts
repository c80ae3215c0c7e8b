import { Block, checkShape, constantScale, isNegligible } from '../block'
import { inspect } from '../data-check'
import { doubles } from '../features/doubles'
import { quantileInPlace } from '../features/median'
import type { Frame } from '../frame'
import { BodyReader } from '../read-body'
import { readChoice, readNumber } from '../read-settings'
import type { Detector, FittedPart, Model, Score } from '../stage'
import { notScorable, Shares } from './column-scores'
import type { DetectorSpec } from './detector-spec'

export const AGGREGATES = ['max', 'mean'] as const
export type Aggregate = (typeof AGGREGATES)[number]

export interface RobustZOptions {
  /** Of the |z| of all values of a frame: the largest, or their mean. */
  readonly aggregate: Aggregate
  /** Share of the block (0 … 0.4) that may be anomalous: as many frames, those that stand out most, are left out of what is learned. */
  readonly contamination?: number
}

/** What was learned; plain JSON. z of a value x of channel c is |x − center[c]| / scale[c]. */
export interface RobustZBody {
  readonly version: 1
  readonly aggregate: Aggregate
  readonly channels: readonly string[]
  readonly center: readonly number[]
  readonly scale: readonly number[]
}

const FEWEST = 10
const MAX_CONTAMINATION = 0.4
/** Makes the MAD of a normal distribution its standard deviation; 4 digits, as is customary. */
const NORMAL_MAD = 1.4826
/** Makes the mean absolute deviation of a normal distribution its standard deviation, √(π/2). */
const NORMAL_MEAN = 1.2533
/**
 * Robust z: how far each value lies from its channel's median, in units of 1.4826 × MAD; so outliers among the frames learned
 * from hardly move it. Where more than half of a channel's values are equal, 1.2533 × the mean absolute deviation takes the
 * place of the MAD (Iglewicz and Hoaglin, How to detect and handle outliers, 1993). All rows of a frame count.
 * Contributions are each channel's share of the sum of |z|.
 */
export function makeRobustZ(options: RobustZOptions): Detector {
  const { aggregate, contamination } = readOptions({ ...options })
  return {
    line: ['robust-z', aggregate, ...(contamination > 0 ? [`contamination ${contamination}`] : [])].join(' '),
    minimumRows: () => FEWEST,
    fit: (frames) => fit(frames, aggregate, contamination),
    load: (body) => new RobustZModel(readRobustZ(body)),
  }
}

export const robustZ: DetectorSpec = {
  name: 'robust-z',
  labelKey: 'detector.robustZ',
  defaults: { aggregate: 'max', contamination: 0 },
  make: (settings) => makeRobustZ(readOptions(settings)),
}

function readOptions(settings: Readonly<Record<string, unknown>>): Required<RobustZOptions> {
  return {
    aggregate: readChoice('aggregate', settings.aggregate, AGGREGATES, 'max'),
    contamination: readNumber('contamination', settings.contamination, {
      min: 0,
      max: MAX_CONTAMINATION,
      fallback: 0,
    }),
  }
}

function fit(frames: readonly Frame[], aggregate: Aggregate, contamination: number): FittedPart {
  const block = new Block(frames)
  block.require(FEWEST)
  const warnings = inspect(block)
  const first = new RobustZModel(learn(block, aggregate))
  const scores = first.apply(frames).map(({ score }) => score)
  const left = Math.floor(contamination * frames.length)
  const kept = left === 0 ? block : new Block(without(frames, scores, left))
  const body = left === 0 ? first.body : learn(kept, aggregate)
  const model = new RobustZModel(body)
  const own = Float64Array.from(model.apply(kept.frames), ({ score }) => score)
  return {
    body,
    report: {
      rows: frames.length,
      warnings,
      // The quantile of the frames learned from is no threshold; it is for those who compare with programs that use it.
      figures: {
        columns: block.channels.length,
        leftOut: left,
        trainingQuantile995: quantileInPlace(own, 0.995),
      },
    },
  }
}

/** The frames but for those with the `count` highest scores. */
function without(frames: readonly Frame[], scores: readonly number[], count: number): readonly Frame[] {
  const order = Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b)
  const dropped = new Set(order.slice(0, count))
  return frames.filter((_, i) => !dropped.has(i))
}

function learn(block: Block, aggregate: Aggregate): RobustZBody {
  const columns = block.channels.map((_, c) => centreAndScale(block.column(c)))
  return {
    version: 1,
    aggregate,
    channels: [...block.channels],
    center: columns.map(({ center }) => center),
    scale: columns.map(({ scale }) => scale),
  }
}

function centreAndScale(values: Float64Array): { center: number; scale: number } {
  const center = quantileInPlace(values, 0.5)
  const deviations = values.map((value) => Math.abs(value - center))
  const mean = deviations.reduce((sum, x) => sum + x, 0) / deviations.length
  const mad = NORMAL_MAD * quantileInPlace(deviations, 0.5)
  if (!isNegligible(mad, center)) return { center, scale: mad }
  return {
    center,
    scale: isNegligible(NORMAL_MEAN * mean, center) ? constantScale(center) : NORMAL_MEAN * mean,
  }
}

/** Reads a body. @throws InputError where it is something else */
export function readRobustZ(value: unknown): RobustZBody {
  const body = new BodyReader('robust-z', value)
  body.version(1)
  const channels = body.texts('channels')
  return {
    version: 1,
    aggregate: body.choice('aggregate', AGGREGATES),
    channels,
    center: Array.from(body.numbers('center', channels.length)),
    scale: Array.from(body.positives('scale', channels.length)),
  }
}

/** A robust z at work. */
export class RobustZModel implements Model<Score> {
  /** Sum of |z| per channel, of the frame at hand. */
  private readonly parts: number[]
  private readonly shares: Shares

  constructor(readonly body: RobustZBody) {
    this.parts = doubles(body.channels.length)
    this.shares = new Shares(body.channels)
  }

  /** @throws InputError where a frame has other channels, or a value that is not finite or too large to compute with */
  apply(frames: readonly Frame[]): readonly Score[] {
    return frames.map((frame) => {
      const largest = this.largest(frame)
      const { parts } = this
      const mean = parts.reduce((sum, part) => sum + part, 0) / frame.data.length
      if (!(mean < Infinity)) throw notScorable(frame, (i) => parts[i % parts.length]!)
      return { score: this.body.aggregate === 'max' ? largest : mean, contributions: this.shares.of(parts) }
    })
  }

  /** Largest |z| of a frame; `parts` then holds the sums per channel. */
  largest(frame: Frame): number {
    const { channels, center, scale } = this.body
    const { parts } = this
    const { data } = frame
    checkShape(frame, channels, data.length / channels.length)
    parts.fill(0)
    let largest = 0
    for (let i = 0, c = 0; i < data.length; i++) {
      const z = Math.abs(data[i]! - center[c]!) / scale[c]!
      parts[c]! += z
      if (z > largest) largest = z
      if (++c === channels.length) c = 0
    }
    return largest
  }
}
