import path from 'node:path'
import type { Contract } from '../../src/core/contract'
import type { Frame } from '../../src/core/frame'
import type { FittedPart, Learner, Model, Score } from '../../src/core/stage'
import type { Verdict } from '../../src/core/verdict'
import { packageRoot } from '../../test/node-red'

/** The stages as they are built: what Node-RED loads, so that the loop differs from the chain by the runtime alone. */
function built<T>(file: string): T {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- dist/ has no types
  return require(path.join(packageRoot, 'dist', file)) as T
}
const { Alarms } = built<typeof import('../../src/core/alarm/alarms')>('src/core/alarm/alarms')
const { readAlarmSettings } = built<typeof import('../../src/core/alarm/settings')>('src/core/alarm/settings')
const { Calibrator } = built<typeof import('../../src/core/calibrator')>('src/core/calibrator')
const { ContractExtender } = built<typeof import('../../src/core/contract')>('src/core/contract')
const { makeMahalanobis } = built<typeof import('../../src/core/detectors/mahalanobis')>(
  'src/core/detectors/mahalanobis',
)
const { FeatureStage } = built<typeof import('../../src/core/features/feature-stage')>(
  'src/core/features/feature-stage',
)
const { readFeatureSettings } = built<typeof import('../../src/core/features/settings')>(
  'src/core/features/settings',
)
const { contractOf, spanOf } = built<typeof import('../../src/core/frame')>('src/core/frame')
const { LearningCycle } = built<typeof import('../../src/core/learning-cycle')>('src/core/learning-cycle')
const { FrameReader } = built<typeof import('../../src/core/read-frame')>('src/core/read-frame')
const { readVerdict } = built<typeof import('../../src/core/read-verdict')>('src/core/read-verdict')
const { makeScaler } = built<typeof import('../../src/core/scalers/scaler')>('src/core/scalers/scaler')
const { readCalibrationSettings } = built<typeof import('../../src/core/thresholds/settings')>(
  'src/core/thresholds/settings',
)
const { WindowStage } = built<typeof import('../../src/core/window')>('src/core/window')
const { SourceStage } = built<typeof import('../../src/sources/source-stage')>('src/sources/source-stage')

const ROWS = 60
const MODEL = { name: 'bare', version: 1 }

interface Message {
  topic: string
  payload: unknown
  anomaly?: Verdict
}

/**
 * The stages of the chain in a bare loop, building the messages that the nodes build: all that src/core does for a message, its
 * reading and checking at each stage and the life cycle included. What the chain adds is src/runtime and Node-RED.
 */
export class BarePipeline {
  private readonly source: InstanceType<typeof SourceStage>
  private readonly window = new WindowStage({
    length: { value: 100, unit: 'samples' },
    hop: { value: 50, unit: 'samples' },
  })
  private readonly features = new FeatureStage(readFeatureSettings({}))
  private readonly scaler = new BareLearner<Frame>(makeScaler({ method: 'standard' }))
  private readonly detector = new BareLearner<Score>(makeMahalanobis({ covariance: 'ledoit-wolf' }))
  private readonly calibrator = new Calibrator(readCalibrationSettings({}, 99))
  private readonly alarms = new Alarms(readAlarmSettings({}))
  private readonly readers = {
    window: new FrameReader(),
    features: new FrameReader(),
    scaler: new FrameReader(),
    detector: new FrameReader(),
  }
  /** Windows that went the whole way. */
  scored = 0

  constructor(channels: readonly string[], rate: number) {
    this.source = new SourceStage({
      channels: channels.map((name) => ({ name, unit: 'g', scale: 1, offset: 0 })),
      ...{
        rate,
        format: 'json',
        options: {},
        clock: 'sequence',
        sequenceField: 'seq',
        sequenceCounts: 'messages',
      },
      ...{
        timeUnit: 'ms',
        continuity: 'continuous',
        reorder: 0,
        noDataAfter: 10_000,
        rateTolerance: 0,
        topic: '',
        maxStreams: 1000,
      },
    })
  }

  push(message: Message): void {
    const now = Date.now()
    for (const item of this.source.push({ arrival: now, topic: message.topic, value: message.payload })
      .items) {
      if (item.frame === undefined) continue
      const sampled = copyOf(message)
      sampled.topic = item.topic
      sampled.payload = item.frame
      for (const window of this.window.push(this.readers.window.read(sampled.payload, now))) {
        const windowed = copyOf(sampled)
        windowed.payload = window
        for (const features of this.features.push(this.readers.features.read(windowed.payload, now))) {
          if ('reason' in features) continue
          windowed.payload = features
          this.score(windowed, now)
        }
      }
    }
  }

  /** Windows, features, scaling and distance alone: what the numpy script computes. */
  pushFrame(frame: Frame, scored?: (features: Frame, distance: number) => void): void {
    for (const window of this.window.push(frame)) {
      for (const features of this.features.push(window)) {
        if ('reason' in features) continue
        const scaled = this.scaler.push(features)
        const found = scaled && this.detector.push(scaled.answer)
        if (found === undefined) continue
        this.scored++
        scored?.(features, found.answer.score)
      }
    }
  }

  private score(message: Message, now: number): void {
    const scaled = this.scaler.push(this.readers.scaler.read(message.payload, now))
    if (scaled === undefined) return
    message.payload = { ...scaled.answer, contract: scaled.contract }
    const frame = this.readers.detector.read(message.payload, now)
    const scored = this.detector.push(frame)
    if (scored === undefined) return
    message.payload = scored.answer.score
    message.anomaly = {
      score: scored.answer.score,
      threshold: null,
      pValue: null,
      isAnomaly: false,
      reason: 'LEARNING',
      contributions: scored.answer.contributions,
      detector: 'mahalanobis',
      inSample: false,
      model: MODEL,
      window: spanOf(frame),
      contract: scored.contract,
    }
    message.anomaly = this.calibrator.push(readVerdict(message.anomaly, message.payload, { now })).verdict
    message.payload = message.anomaly.score
    this.alarms.push(readVerdict(message.anomaly, message.payload, { now }), message.topic, now)
    this.scored++
  }
}

/** As the nodes copy messages: a spread would be slower on Node.js 20. */
function copyOf(message: Message): Message {
  return Object.assign({}, message)
}

/** Learns from the first frames, then applies, by the life cycle of a learner node. */
class BareLearner<O> {
  private readonly cycle = new LearningCycle<Frame, Model<O>>({ size: ROWS, whenEmpty: true, hold: true })
  private readonly extender: InstanceType<typeof ContractExtender>

  constructor(private readonly learner: Learner<O>) {
    this.extender = new ContractExtender(`${learner.line}#0123456789abcdef`)
  }

  push(frame: Frame): { answer: O; contract: Contract } | undefined {
    const contract = contractOf(frame)
    const { use, fit } = this.cycle.next(frame, contract, undefined, () => 'block')
    if (fit !== undefined)
      this.cycle.fitted(fit, this.learner.load((this.learner.fit(fit.items) as FittedPart).body))
    if (use === undefined) return undefined
    const answer = (use.part.apply([frame]) as readonly O[])[0]!
    return { answer, contract: this.extender.extend(contract) }
  }
}
