import path from 'node:path'
import type { Contract } from '../../src/core/contract'
import type { Frame } from '../../src/core/frame'
import type { FittedPart, Learner, Model, Score } from '../../src/core/stage'
import type { Verdict } from '../../src/core/verdict'
import type { SourceItem } from '../../src/sources/source-events'
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

export const STAGES = ['source', 'window', 'features', 'scaler', 'detector', 'threshold', 'alert'] as const
export type StageName = (typeof STAGES)[number]

const ROWS = 60
const CLOCK = Date
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
    window: new FrameReader(CLOCK),
    features: new FrameReader(CLOCK),
    scaler: new FrameReader(CLOCK),
    detector: new FrameReader(CLOCK),
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
    for (const { topic, frame } of this.framesOf(message, now)) {
      if (frame === undefined) continue
      const sampled = copyOf(message)
      sampled.topic = topic
      sampled.payload = frame
      for (const window of this.windows(sampled)) {
        const windowed = copyOf(sampled)
        windowed.payload = window
        if (!this.describe(windowed) || !this.scale(windowed) || !this.score(windowed)) continue
        this.judge(windowed)
        this.alarm(windowed, now)
      }
    }
  }

  /** The same, stage by stage, for nodes that send on what they are given. */
  readonly stages: Readonly<Record<StageName, (message: Message, send: (message: Message) => void) => void>> =
    {
      source: (message, send) => {
        for (const { topic, frame } of this.framesOf(message, Date.now())) {
          if (frame === undefined) continue
          message.topic = topic
          message.payload = frame
          send(message)
        }
      },
      window: (message, send) => {
        const windows = this.windows(message)
        for (let i = 0; i < windows.length; i++) {
          const windowed = i === windows.length - 1 ? message : copyOf(message)
          windowed.payload = windows[i]!
          send(windowed)
        }
      },
      features: (message, send) => void (this.describe(message) && send(message)),
      scaler: (message, send) => void (this.scale(message) && send(message)),
      detector: (message, send) => void (this.score(message) && send(message)),
      threshold: (message, send) => {
        this.judge(message)
        send(message)
      },
      alert: (message) => this.alarm(message, Date.now()),
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

  private framesOf({ topic, payload }: Message, now: number): readonly SourceItem[] {
    return this.source.push({ arrival: now, topic, value: payload }).items
  }

  private windows(message: Message): readonly Frame[] {
    return this.window.push(this.readers.window.read(message.payload))
  }

  /** These change the message, and say whether it goes on. */
  private describe(message: Message): boolean {
    const [features] = this.features.push(this.readers.features.read(message.payload))
    if (features === undefined || 'reason' in features) return false
    message.payload = features
    return true
  }

  private scale(message: Message): boolean {
    const scaled = this.scaler.push(this.readers.scaler.read(message.payload))
    if (scaled === undefined) return false
    message.payload = { ...scaled.answer, contract: scaled.contract }
    return true
  }

  private score(message: Message): boolean {
    const frame = this.readers.detector.read(message.payload)
    const scored = this.detector.push(frame)
    if (scored === undefined) return false
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
    return true
  }

  private judge(message: Message): void {
    message.anomaly = this.calibrator.push(readVerdict(message.anomaly, message.payload, CLOCK)).verdict
    message.payload = message.anomaly.score
  }

  private alarm(message: Message, now: number): void {
    this.alarms.push(readVerdict(message.anomaly, message.payload, CLOCK), message.topic, now)
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
