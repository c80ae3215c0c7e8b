import type { Frame } from '../../src/core/frame'
import type { Message } from '../../src/runtime/message'
import { featureFrame, gaussian } from './flow'

/** How one node type is tried out: with every setting of its dialog, and messages that it takes and does not take. */
export interface Manners {
  /** Every setting but name, model and version, none empty where that would not be as good as leaving it out. */
  readonly settings: Readonly<Record<string, unknown>>
  /** Messages that the node handles; `seed` makes them different ones. */
  good(seed: number): readonly Message[]
  /** A message that it refuses. */
  readonly bad: Message
  /** How many messages it sends for them, both outputs together; those of sources that run by themselves are cut there. */
  readonly sends: number
  /** What is told of a message that was sent, without times of the wall clock. */
  digest(message: Message): unknown
}

const AXES = ['ax', 'ay', 'az']
const CHANNEL_ROWS = AXES.map((name) => ({ name, from: name, unit: 'g', scale: '2', offset: '0.5' }))

/** Rows of noise at 100 Hz from a round time on. */
function signal(seed: number, rows: number, first = 0): Frame {
  const random = gaussian(seed)
  const data = Float32Array.from({ length: rows * 3 }, () => random())
  return { channels: AXES, units: ['g', 'g', 'g'], rate: 100, start: 1_700_000_000_000 + first * 10, data }
}

const numbersOf = (payload: unknown): unknown => [...(payload as Frame).data]
const scoreOf = ({ payload, anomaly }: Message): unknown => [payload, anomaly?.threshold, anomaly?.reason]

const learner = {
  rows: '30',
  whenEmpty: true,
  keep: 'stream',
  context: 'state',
  contexts: 'on',
  maxStreams: '3',
}
const features = (seed: number, count = 35): Message[] => {
  const random = gaussian(seed)
  return Array.from({ length: count }, (_, i) => ({
    topic: 'fan',
    state: 'on',
    payload: featureFrame(i, random),
  }))
}
const notAFrame: Message = { topic: 'fan', state: 'on', payload: 'no sample' }

/** Scores of a detector, with a high one now and then. */
const scores = (seed: number, count: number): Message[] => {
  const random = gaussian(seed)
  return Array.from({ length: count }, (_, i) => ({
    topic: 'fan',
    state: 'on',
    payload: Math.abs(random()) + (i % 7 === 6 ? 8 : 0),
  }))
}
/** The same, judged already. */
const judged = (seed: number, count: number): Message[] =>
  scores(seed, count).map((message, i) => {
    const score = message.payload as number
    const window = { start: 1000 * i, end: 1000 * i + 1000 }
    const reason = score > 4 ? 'ANOMALY' : 'NORMAL'
    return {
      ...message,
      anomaly: { score, threshold: 4, pValue: null, isAnomaly: score > 4, reason, inSample: false, window, contract: ['x'], detector: 'd' } as never, // prettier-ignore
    }
  })

/** A CSV file for replay; written by the test below its user directory. */
export const RECORDING = {
  path: 'recorded/run.csv',
  text: `time,ax,ay,az,what,worse\n${Array.from({ length: 12 }, (_, i) => `${1_700_000_000 + i / 10},${i},${2 * i},${-i},ok,7`).join('\n')}\n`,
}

/** Every node type that takes messages. */
export const MANNERS: Readonly<Record<string, Manners>> = {
  'imu-source': {
    settings: {
      transport: 'message', broker: '', mqttTopic: 'a/b', qos: '1', persistent: true, clientId: 'me', serialPath: '/dev/x', baudRate: '9600',
      serialMode: '8N1', startCommand: 'go', i2cBus: '1', chip: 'mpu6050', address: '0x68', i2cRate: '100', range: '4',
      accelerationUnit: 'g', gyroscope: false, gyroRange: '250', temperature: false, reading: 'fifo', httpHost: '127.0.0.1',
      httpPort: '1337', format: 'json', options: {}, channels: CHANNEL_ROWS, rate: '100', clock: 'sequence', timeField: 't',
      timeUnit: 's', sequenceField: 'n', sequenceCounts: 'samples', modulus: '1000', continuity: 'continuous', reorder: '0',
      streamTopic: 'press', noDataAfter: '30', rateTolerance: '5', maxStreams: '3',
    }, // prettier-ignore
    good: (seed) => {
      const random = gaussian(seed)
      return Array.from({ length: 10 }, (_, i) => ({
        payload: {
          n: 10 * seed + i,
          ax: Math.fround(random()),
          ay: Math.fround(random()),
          az: Math.fround(random()),
        },
      }))
    },
    bad: { payload: { n: 5, ax: 'loose', ay: 1, az: 1 } },
    sends: 10,
    digest: ({ topic, payload }) => [topic, numbersOf(payload)],
  },
  window: {
    settings: {
      length: '8', hop: '4', unit: 'samples', gap: '100', resample: '50', maxStreams: '3', contextFrom: 'message', context: 'state', settle: '0.01',
      offBelow: '0.001', offLevel: 'value', offChannels: 'ax,ay',
    }, // prettier-ignore
    good: (seed) =>
      Array.from({ length: 6 }, (_, i) => ({
        topic: 'fan',
        state: 'on',
        payload: signal(seed + i, 10, 10 * i),
      })),
    bad: { topic: 'fan', state: 'on', payload: { ax: NaN, ay: 1, az: 1 } },
    sends: 6,
    digest: ({ payload }) => [(payload as Frame).start, numbersOf(payload)],
  },
  features: {
    settings: {
      preset: 'list', features: ['log_rms', 'bands', 'lag'], bands: '4', lags: '3', removeMean: false, resolution: '0.001',
      fullScale: '16', constantWindow: 'score', offBelow: '0.01', offChannels: 'ax,ay',
    }, // prettier-ignore
    good: (seed) => [0, 1, 2].map((i) => ({ topic: 'fan', payload: signal(seed + i, 32, 32 * i) })),
    bad: notAFrame,
    sends: 3,
    digest: ({ payload }) => [(payload as Frame).channels, numbersOf(payload)],
  },
  scaler: {
    settings: { ...learner, method: 'minmax', rangeLow: '-2', rangeHigh: '3', clip: true },
    good: features,
    bad: notAFrame,
    sends: 35,
    digest: ({ payload }) => numbersOf(payload),
  },
  mahalanobis: {
    settings: { ...learner, covariance: 'empirical' },
    good: features,
    bad: notAFrame,
    sends: 35,
    digest: scoreOf,
  },
  'robust-z': {
    settings: { ...learner, aggregate: 'mean', contamination: '5' },
    good: features,
    bad: notAFrame,
    sends: 35,
    digest: scoreOf,
  },
  'onnx-autoencoder': {
    settings: {
      ...learner, queueLimit: '50', rows: '40', source: 'learn', kind: 'dense', layers: 'small', loss: 'mae', errorScale: 'plain', epochs: '2', batch: '8',
      learningRate: '0.01', patience: '5', seed: '3', trainer: 'own', file: 'a.onnx', error: 'mae', layout: 'auto', engine: 'own',
    }, // prettier-ignore
    good: (seed) => features(seed, 40),
    bad: notAFrame,
    sends: 40,
    digest: scoreOf,
  },
  'threshold-calibrate': {
    settings: {
      method: 'conformal', goal: 'alpha', alpha: '20', budget: '2', per: 'day', delta: '5', sdFactor: '2', value: '3', warning: '30', contamination: '10',
      voteK: '1', voteN: '2', rows: '10', sliding: true, whenEmpty: true, keep: 'stream', context: 'state', contexts: 'apart',
      maxStreams: '3',
    }, // prettier-ignore
    good: (seed) => scores(seed, 30),
    bad: notAFrame,
    sends: 30,
    digest: scoreOf,
  },
  alert: {
    settings: {
      level: 'factor', factor: '1.5', warning: 'factor', warningFactor: '1', reset: '80', hold: '1', holdUnit: 'windows', keep: '0',
      coolDown: '0', latch: true, repeat: '3600', repeatFactor: '3', repeatMax: '7200', noData: 's', noDataSeconds: '600',
      faults: false, maxStreams: '3', each: 'topic',
    }, // prettier-ignore
    good: (seed) => judged(seed, 10),
    bad: notAFrame,
    sends: 2,
    digest: ({ payload }) =>
      typeof payload === 'object' && payload !== null
        ? ['kind', 'state', 'score'].map((name) => (payload as Record<string, unknown>)[name])
        : payload,
  },
  limits: {
    settings: {
      limits: [
        { channel: 'temp', low: '10', high: '70', change: '30', within: '60', hold: '0', level: 'warning' },
      ],
      maxStreams: '3',
    },
    good: (seed) => [45, 60, 75 + seed, 5, 44].map((temp) => ({ topic: 'fan', payload: { temp } })),
    bad: notAFrame,
    sends: 5,
    digest: ({ anomaly }) => [anomaly?.reason, anomaly?.detail],
  },
  'system-metrics': {
    settings: { metrics: ['memory'], period: '0.1', streamTopic: 'box' },
    good: () => [{ payload: 'stop' }, { payload: 'start' }],
    bad: { payload: 'faster' },
    sends: 1,
    digest: ({ topic, payload }) => [topic, (payload as Frame).channels],
  },
  record: {
    settings: {
      path: 'rec/run',
      format: 'ndjson',
      dataLabel: 'ok',
      recording: true,
      maxSize: '1',
      maxMinutes: '60',
    },
    good: features,
    bad: { topic: {}, payload: [1] },
    sends: 35,
    digest: ({ payload }) => numbersOf(payload),
  },
  replay: {
    settings: {
      path: RECORDING.path, speed: '0', loop: false, autostart: false, channels: AXES.map((name) => ({ name, from: name, unit: 'g' })),
      rate: '10', timeColumn: 'time', timeUnit: 's', times: 'recorded', group: '', labelColumn: 'what', labelByFolder: false,
      ignore: 'worse', filter: 'what=ok', batch: '5', streamTopic: 'past',
    }, // prettier-ignore
    good: () => [{ payload: 'start' }],
    bad: { payload: 'rewind' },
    sends: 4,
    digest: ({ topic, payload, label }) => {
      const { data, rows } = payload as { data?: Float32Array; rows?: number }
      return [topic, data === undefined ? rows : [...data], label]
    },
  },
  simulate: {
    settings: {
      machine: 'fan', seed: '5', batch: '4', pace: '20', streamTopic: 'rig', autostart: true, faultsPerHour: '1', settings: { speed: 'high' },
    }, // prettier-ignore
    good: () => [{ payload: 'start' }],
    bad: { payload: 5 },
    sends: 6,
    digest: ({ topic, payload }) => [topic, numbersOf(payload)],
  },
  evaluate: {
    settings: { normalLabels: 'fine', threshold: '3', every: '3600', most: '100' },
    good: (seed) => [
      ...judged(seed, 20).map((message, i) => ({ ...message, label: i % 7 === 6 ? 'loose' : 'fine' })),
      { payload: 'report' },
    ],
    bad: { payload: [1] },
    sends: 4,
    digest: ({ topic, payload }) => [topic, payload],
  },
}
