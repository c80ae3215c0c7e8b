import { Random } from '../random'
import { readChoice, readFlag, readWhole } from '../read-settings'

/**
 * A ceiling fan with an accelerometer taped to its housing, as a generator of samples. What it is made of, and how large each
 * part is, follows recordings of a real fan by an MSA301 at 200 Hz: gravity along z, motor hum, rotor and blade lines, noise
 * that grows with speed, and the steps of the sensor.
 */
export const FAN_RATE = 200
export const FAN_CHANNELS = ['ax', 'ay', 'az'] as const
/** One step of the sensor in g: 14 bits over ±4 g. */
export const FAN_STEP = 1 / 2048
const LARGEST = 8191

/** Turns of the rotor per second at each setting. */
export const FAN_SPEEDS = { off: 0, low: 2, medium: 3.5, high: 5 } as const
export type FanSpeed = keyof typeof FAN_SPEEDS
export const FAN_FAULTS = ['none', 'stuck', 'dropout', 'saturated'] as const
/** `stuck`: az keeps its value; `dropout`: no samples; `saturated`: ax runs into both ends of its range. */
export type FanFault = (typeof FAN_FAULTS)[number]

export interface FanSettings {
  readonly speed: FanSpeed
  /** A coin taped to one blade. */
  readonly coin: boolean
  readonly fault: FanFault
  readonly seed: number
}

export const FAN_DEFAULTS: FanSettings = { speed: 'low', coin: false, fault: 'none', seed: 1 }

/**
 * A rotor's unbalance is mass × radius. Balanced, this one has 0.8 g left at the blade tip; a coin of 5.6 g comes on top, so
 * the line at 1 × the rotor's speed grows by this factor.
 */
export const COIN_FACTOR = (0.8 + 5.6) / 0.8

/** Amplitude of the line at 1 × for a rotor turning once a second, in g; centrifugal force grows with the square of speed. */
const UNBALANCE = 0.35e-3
const BLADES = 5
const GRAVITY = [-0.012, 0.205, 0.979] as const
/** Share of the rotating force in each axis; x and y are a quarter turn apart, z sees the tilt of the mount. */
const ROTATION = [
  { share: 1, turn: 0 },
  { share: 0.9, turn: -0.25 },
  { share: 0.2, turn: 0.1 },
] as const
/** Amplitude of the blade line for one turn per second, in g: thrust, so mostly z. */
const BLADE = [0.06e-3, 0.06e-3, 0.25e-3] as const

/** Hum of the motor (120 Hz, seen at 80 Hz by a sensor that samples at 200 Hz): amplitude in g at the four speeds. */
const HUM = [
  [0, 10.2e-3, 23.5e-3, 47e-3],
  [0, 7.6e-3, 17.7e-3, 38e-3],
  [0, 3.4e-3, 8e-3, 17e-3],
] as const
/** Broadband noise: deviation in g at the four speeds. */
const NOISE = [
  [1.3e-3, 3e-3, 5.5e-3, 8.5e-3],
  [1.4e-3, 2.8e-3, 5e-3, 8e-3],
  [2.6e-3, 3.4e-3, 4.4e-3, 6.5e-3],
] as const
/** Side lines of the hum that the housing lets through: frequency in Hz and amplitude as a share of the hum. */
const SIDE_LINES = [
  { hertz: 94.3, share: 0.4 },
  { hertz: 66.2, share: 0.2 },
] as const
const SPEED_TABLE = Object.values(FAN_SPEEDS)

/** Seconds for the rotor to come within 37 % of a new speed. */
const SPIN_UP = 1.5
/** The air's load wanders: time constant in s, and how far it moves the amplitudes and the rotor's speed. */
const WANDER = { seconds: 6, amplitude: 0.02, speed: 0.003 } as const

/** Reads settings as they come by MQTT or from a command line; what is left out keeps its value. @throws ConfigError */
export function readFanSettings(value: Readonly<Record<string, unknown>>, current: FanSettings): FanSettings {
  const speeds = Object.keys(FAN_SPEEDS) as FanSpeed[]
  return {
    speed: readChoice('speed', value['speed'], speeds, current.speed),
    coin: readFlag('coin', value['coin'], current.coin),
    fault: readChoice('fault', value['fault'], FAN_FAULTS, current.fault),
    seed: readWhole('seed', value['seed'], { min: 0, max: 0xffffffff, fallback: current.seed }),
  }
}

/** The fan at work: `next` gives the samples that follow. The same seed and the same settings give the same bytes. */
export class FanRig {
  private random: Random
  private turnsPerSecond: number
  private turns = 0
  private load = 0
  private sample = 0
  private readonly last: number[] = [0, 0, 0]
  private current: FanSettings

  constructor(settings: FanSettings = FAN_DEFAULTS) {
    this.current = settings
    this.random = new Random(settings.seed)
    this.turnsPerSecond = FAN_SPEEDS[settings.speed]
  }

  get settings(): FanSettings {
    return this.current
  }

  /** Takes new settings; the rotor needs its time to get to a new speed. Another seed begins the noise anew. */
  set(settings: FanSettings): void {
    if (settings.seed !== this.current.seed) this.random = new Random(settings.seed)
    this.current = settings
  }

  /** The next `rows` samples in g, rows × ax, ay, az; undefined while the sensor has dropped out (time goes on). */
  next(rows: number): Float32Array | undefined {
    const data = new Float32Array(rows * 3)
    for (let row = 0; row < rows; row++) {
      this.advance()
      for (let axis = 0; axis < 3; axis++) data[row * 3 + axis] = this.read(axis)
    }
    return this.current.fault === 'dropout' ? undefined : data
  }

  private advance(): void {
    const target = FAN_SPEEDS[this.current.speed]
    this.turnsPerSecond += (target - this.turnsPerSecond) / (SPIN_UP * FAN_RATE)
    const keep = Math.exp(-1 / (WANDER.seconds * FAN_RATE))
    this.load = keep * this.load + Math.sqrt(1 - keep * keep) * this.random.normal()
    this.turns += (this.turnsPerSecond * (1 - WANDER.speed * this.load)) / FAN_RATE
    this.sample += 1
  }

  /** One axis, as the sensor reports it, in g. */
  private read(axis: number): number {
    const noise = this.random.normal()
    if (this.current.fault === 'stuck' && axis === 2) return this.last[axis]!
    let value = GRAVITY[axis]! + this.vibration(axis) + noise * between(NOISE[axis]!, this.turnsPerSecond)
    if (this.current.fault === 'saturated' && axis === 0) value += 9 * wave((7.3 * this.sample) / FAN_RATE)
    const steps = Math.max(-LARGEST - 1, Math.min(LARGEST, Math.round(value / FAN_STEP)))
    this.last[axis] = steps * FAN_STEP
    return this.last[axis]
  }

  private vibration(axis: number): number {
    const squared = this.turnsPerSecond * this.turnsPerSecond
    const amplitude = 1 + WANDER.amplitude * this.load
    const { share, turn } = ROTATION[axis]!
    const unbalance = UNBALANCE * squared * (this.current.coin ? COIN_FACTOR : 1)
    const seconds = this.sample / FAN_RATE
    const hum = between(HUM[axis]!, this.turnsPerSecond) * amplitude
    let value = unbalance * share * wave(this.turns + turn)
    value += 0.3 * UNBALANCE * squared * share * wave(2 * this.turns + turn)
    value += BLADE[axis]! * squared * amplitude * wave(BLADES * this.turns + turn)
    value += hum * wave(80 * seconds + turn)
    for (const line of SIDE_LINES) value += line.share * hum * wave(line.hertz * seconds + 2 * turn)
    return value
  }
}

function wave(turns: number): number {
  return Math.cos(2 * Math.PI * turns)
}

/** Linear between the values at the four speeds. */
function between(values: readonly number[], turnsPerSecond: number): number {
  let i = 1
  while (i < SPEED_TABLE.length - 1 && turnsPerSecond > SPEED_TABLE[i]!) i++
  const share = (turnsPerSecond - SPEED_TABLE[i - 1]!) / (SPEED_TABLE[i]! - SPEED_TABLE[i - 1]!)
  return values[i - 1]! + share * (values[i]! - values[i - 1]!)
}
