import { Random } from '../random'
import { readFlag, readWhole } from '../read-settings'
import { readOrder, type Simulator, type SimulatorSpec } from './simulator'

/** What a Raspberry Pi can be told to suffer from. */
interface Orders {
  /** Something takes all of its cores. */
  readonly burn: boolean
  /** Memory is taken and never given back. */
  readonly leak: boolean
  /** No air reaches the heat sink. */
  readonly blocked: boolean
}

const NAMES = ['burn', 'leak', 'blocked'] as const
const WELL: Orders = { burn: false, leak: false, blocked: false }

/** Watts at rest and with all cores busy; °C of the room. */
const POWER = { idle: 2, full: 6 } as const
const ROOM = 25
/** Heat sink: K per W, s; the chip above it: K per W, s. So 45 °C at rest, and 85 °C after minutes of work without a limit. */
const SINK = { resistance: 7, seconds: 90 } as const
const CHIP = { resistance: 3, seconds: 4 } as const
const BLOCKED_FACTOR = 1.8
/** °C above which the firmware slows the cores down, and the step in which the chip tells its temperature. */
const LIMIT = 80
const STEP = 0.487
const SLOWEST = 600
const FASTEST = 1500
const LIMITED = 1000
/** Share of memory in use at rest, %, and what a leak takes in a second. */
const MEMORY = 24
const LEAK = 0.2
/** Other programs wake up about so often, s, and take some of the processor for a moment. */
const WAKE = 25

/** A Pi 4 at rest, once a second; temperature follows work by the heat of chip and heat sink. */
class Pi implements Simulator {
  readonly channels = ['cpu', 'frequency', 'temperature', 'memory', 'load1']
  readonly units = ['%', 'MHz', '°C', '%', '']
  readonly rate = 1
  private readonly random: Random
  private orders: Orders
  private sink = ROOM + SINK.resistance * POWER.idle
  private chip = this.sink + CHIP.resistance * POWER.idle
  private leaked = 0
  private wander = 0
  private load = 0.1
  private awake = 0
  private wakeful = 0

  constructor(settings: Readonly<Record<string, unknown>>) {
    const seed = readWhole('seed', settings['seed'], { min: 0, max: 0xffffffff, fallback: 1 })
    this.random = new Random(seed)
    this.orders = readOrders(settings, WELL)
  }

  get label(): string {
    return NAMES.find((name) => this.orders[name]) ?? 'normal'
  }

  next(rows: number): Float32Array {
    const data = new Float32Array(rows * this.channels.length)
    for (let row = 0; row < rows; row++) data.set(this.second(), row * this.channels.length)
    return data
  }

  order(order: Readonly<Record<string, unknown>>): void {
    this.orders = readOrder(order, NAMES, () => readOrders(order, this.orders))
    if (!this.orders.leak) this.leaked = 0
  }

  private second(): readonly number[] {
    const { random, orders } = this
    const cpu = this.work()
    const busy = cpu / 100
    const wanted = Math.min(FASTEST, SLOWEST + 100 * Math.round(12 * busy + 0.4 * Math.abs(random.normal())))
    const frequency = this.chip > LIMIT ? Math.min(wanted, LIMITED) : wanted
    this.heat(busy * (frequency / FASTEST))
    this.load += (4 * busy - this.load) * (1 - Math.exp(-1 / 60))
    if (orders.leak) this.leaked = Math.min(99 - MEMORY, this.leaked + LEAK)
    this.wander += -this.wander / 120 + 0.05 * random.normal()
    const memory = MEMORY + this.wander + this.leaked + (orders.burn ? 1.5 : 0)
    const temperature = STEP * Math.round((this.chip + 0.25 * random.normal()) / STEP)
    return [cpu, frequency, temperature, Math.min(100, memory), Math.round(100 * this.load) / 100]
  }

  /** Share of the processor in use, %. */
  private work(): number {
    const { random } = this
    // As many random numbers whatever is ordered, so that the same seed gives the same rest of the story.
    const [quiet, chance, length, height] = [random.normal(), random.next(), random.next(), random.next()]
    if (this.awake > 0) this.awake--
    else if (chance < 1 / WAKE) {
      this.awake = 1 + Math.floor(3 * length)
      this.wakeful = 10 + 25 * height
    }
    if (this.orders.burn) return Math.min(100, 99.3 + 0.4 * quiet)
    const cpu = 4 + 1.2 * quiet + (this.awake > 0 ? this.wakeful : 0)
    return Math.min(100, Math.max(0.2, cpu))
  }

  private heat(share: number): void {
    const watts = POWER.idle + (POWER.full - POWER.idle) * share
    const resistance = SINK.resistance * (this.orders.blocked ? BLOCKED_FACTOR : 1)
    this.sink += (ROOM + resistance * watts - this.sink) / SINK.seconds
    this.chip += (this.sink + CHIP.resistance * watts - this.chip) / CHIP.seconds
  }
}

function readOrders(value: Readonly<Record<string, unknown>>, current: Orders): Orders {
  return {
    burn: readFlag('burn', value['burn'], current.burn),
    leak: readFlag('leak', value['leak'], current.leak),
    blocked: readFlag('blocked', value['blocked'], current.blocked),
  }
}

/** A Raspberry Pi 4 and its processor, temperature and memory. */
export const pi: SimulatorSpec = {
  name: 'pi',
  labelKey: 'simulate.pi',
  batch: 1,
  orders: NAMES,
  settings: [
    { name: 'burn', labelKey: 'simulate.settingBurn', kind: 'flag', fallback: false },
    { name: 'leak', labelKey: 'simulate.settingLeak', kind: 'flag', fallback: false },
    { name: 'blocked', labelKey: 'simulate.settingBlocked', kind: 'flag', fallback: false },
  ],
  faults: () => [
    { begin: { burn: true }, end: { burn: false }, seconds: [20, 60] },
    { begin: { leak: true }, end: { leak: false }, seconds: [60, 240] },
    { begin: { blocked: true }, end: { blocked: false }, seconds: [120, 600] },
  ],
  make: (settings) => new Pi(settings),
}
