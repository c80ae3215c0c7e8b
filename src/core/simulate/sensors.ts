import { Random } from '../random'
import { readChoice, readNumber, readWhole } from '../read-settings'
import {
  readSensors,
  SENSOR_FAULTS,
  SensorSignal,
  SPIKE_ROWS,
  type SensorFault,
  type SensorSettings,
} from './sensor-signal'
import { readOrder, type Simulator, type SimulatorSpec } from './simulator'

/** Temperature, pressure and vibration of a machine that is watched once a second. */
export const SENSORS: readonly SensorSettings[] = [
  { name: 'temp', unit: '°C', level: 50, swing: 2, period: 600, noise: 0.25 },
  { name: 'pressure', unit: 'bar', level: 5, swing: 0.2, period: 300, noise: 0.05 },
  { name: 'vibration', unit: 'g', level: 0.8, swing: 0.1, period: 120, noise: 0.03 },
]

const ORDERS = ['fault', 'channel', 'seconds'] as const
type Order = Readonly<Record<string, unknown>>
interface Fault {
  readonly kind: SensorFault
  readonly channel: number
  /** Rows to go; a fault without an end lasts until it is ended. */
  left: number
}

/** Several sensors, any of which can be told to misbehave: one fault at a time. */
class Sensors implements Simulator {
  readonly channels: readonly string[]
  readonly units: readonly string[]
  readonly rate: number
  label = 'normal'
  private readonly signals: readonly SensorSignal[]
  private fault?: Fault
  private row = 0

  constructor(settings: Order) {
    const sensors = readSensors(settings['channels'], SENSORS)
    this.channels = sensors.map(({ name }) => name)
    this.units = sensors.map(({ unit }) => unit)
    this.rate = readNumber('rate', settings['rate'], { min: 1e-3, max: 10_000, fallback: 1 })
    const random = new Random(readWhole('seed', settings['seed'], { min: 0, max: 0xffffffff, fallback: 1 }))
    this.signals = sensors.map((one) => new SensorSignal(one, random))
  }

  next(rows: number): Float32Array {
    const { signals, rate } = this
    const data = new Float32Array(rows * signals.length)
    this.label = this.fault?.kind ?? 'normal'
    for (let row = 0; row < rows; row++, this.row++) {
      const silent = this.fault?.kind === 'dropout' ? this.fault.channel : -1
      signals.forEach((signal, c) => {
        const value = signal.next(this.row / rate, 1 / rate)
        data[row * signals.length + c] = c === silent ? NaN : value
      })
      if (this.fault !== undefined && --this.fault.left <= 0) this.end()
    }
    return data
  }

  order(order: Order): void {
    const { kind, channel, seconds } = readOrder(order, ['fault'], () => ({
      kind: readChoice('fault', order['fault'], ['none', ...SENSOR_FAULTS] as const),
      channel: readChoice('channel', order['channel'], this.channels, this.channels[0]),
      seconds: readNumber('seconds', order['seconds'], { min: 0, max: 1e9, fallback: 0 }),
    }))
    this.end()
    this.label = 'normal'
    if (kind === 'none') return
    const lasting = kind === 'spike' ? SPIKE_ROWS : Infinity
    const index = this.channels.indexOf(channel)
    this.fault = { kind, channel: index, left: seconds > 0 ? Math.ceil(seconds * this.rate) : lasting }
    this.signals[index]!.begin(kind)
    this.label = kind
  }

  private end(): void {
    if (this.fault !== undefined) this.signals[this.fault.channel]!.end()
    this.fault = undefined
  }
}

/** How long faults last that come by chance, s. */
const SECONDS: Readonly<Record<SensorFault, readonly [number, number]>> = {
  spike: [SPIKE_ROWS, SPIKE_ROWS],
  drift: [60, 180],
  dropout: [10, 30],
  stuck: [30, 90],
  noise: [20, 60],
}

/** Any number of sensors with a slow swing and noise: spikes, drift, dropouts, stuck values, bursts of noise. */
export const sensors: SimulatorSpec = {
  name: 'sensors',
  labelKey: 'simulate.sensors',
  batch: 1,
  orders: ORDERS,
  settings: [
    { name: 'rate', labelKey: 'simulate.settingRate', kind: 'number', fallback: 1 },
    { name: 'channels', labelKey: 'simulate.settingChannels', kind: 'channels', fallback: SENSORS },
  ],
  faults: (settings) =>
    readSensors(settings['channels'], SENSORS).flatMap(({ name }) =>
      SENSOR_FAULTS.map((fault) => ({
        begin: { fault, channel: name },
        end: { fault: 'none' },
        seconds: SECONDS[fault],
      })),
    ),
  make: (settings) => new Sensors(settings),
}
