import type { Random } from '../../src/core/random'
import type { Message } from '../../src/runtime/message'

/** A message that somebody will send. */
export interface Hostile {
  readonly message: Message
  /** What its refusal has to name; undefined where the node may as well take it. */
  readonly names?: string
}

type Properties = Readonly<Record<string, unknown>>

const throwing = (): unknown =>
  new Proxy({}, { get: () => { throw new Error('trap') }, ownKeys: () => { throw new Error('trap') } }) // prettier-ignore

/** Values that no sensor should send. */
const VALUES: readonly ((random: Random, depth: number) => unknown)[] = [
  () => NaN,
  () => Infinity,
  () => -Infinity,
  () => 1e308,
  () => -1e308,
  () => 5e-324,
  () => undefined,
  () => null,
  () => '',
  () => 'abc',
  () => '{"ax": NaN}',
  () => '[1, 2, "x"]',
  () => '{"__proto__": {"polluted": 1}, "ax": 1}',
  () =>
    JSON.parse(
      '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}, "ax": 1}',
    ) as unknown,
  () => true,
  () => 10n,
  () => Symbol('s'),
  () => () => 1,
  () => new Date(0),
  () => new Float64Array([1, NaN, 3]),
  () => new Float32Array(0),
  () => Buffer.from([0xff, 0xfe, 0x00]),
  () => new Array<number>(1000),
  () => Array.from({ length: 20_000 }, (_, i) => i),
  throwing,
  () => ({ channels: ['ax', 'ax'], data: new Float32Array(2), start: 0 }),
  () => ({ channels: ['ax', 'ay'], data: new Float32Array(3), start: 0, rate: -1 }),
  () => ({ channels: ['ax'], data: Float32Array.of(1), start: 0, rate: 5e-324 }),
  () => ({ channels: ['ax'], data: Float32Array.of(1, 2), start: 1e308, rate: 1e308 }),
  () => ({ channels: ['ax'], data: { 0: 1 }, start: 'now' }),
  () => [[1, 2], [3]],
  (random, depth) =>
    depth < 3 ? { ax: hostileValue(random, depth + 1), ay: [hostileValue(random, depth + 1)] } : 1,
]

const pick = <T>(list: readonly T[], random: Random): T => list[Math.floor(random.next() * list.length)]!

function hostileValue(random: Random, depth = 0): unknown {
  return pick(VALUES, random)(random, depth)
}

const CONTROL = ['learn', 'reset', 'forget', 'ack', 'snooze'] as const
const BESIDE = ['learning', 'anomaly', 'dropped', 'parts', 'context', 'label'] as const

/**
 * Nonsense as payload, and now and then in another property, on streams of their own: some of it is data, and is taken as such.
 * @param orders whether control messages may be among them
 */
export function nonsense(random: Random, orders: boolean): Hostile {
  const message: Message = {
    topic: random.next() < 0.5 ? '__proto__' : 'constructor',
    state: 'on',
    payload: hostileValue(random),
  }
  if (random.next() < 0.2)
    Object.assign(message, {
      [pick(orders ? [...CONTROL, ...BESIDE] : BESIDE, random)]: hostileValue(random),
    })
  return { message }
}

/** What each property of a frame must not be. */
const FRAME: Readonly<Record<string, readonly (() => unknown)[]>> = {
  channels: [() => ['ax', 'ax'], () => ['ax', ''], () => ['ax', 5], () => null, () => 'abc', () => ({})],
  data: [() => new Float32Array(0), () => null, () => 'abc', () => ({}), () => [[1, 2], [3]], () => 5],
  start: [() => NaN, () => Infinity, () => 'now', () => ({}), () => true, () => 10n],
  end: [() => NaN, () => -Infinity, () => 'then', () => [1], () => Symbol('s')],
  rate: [() => NaN, () => Infinity, () => 5e-324, () => 0, () => -5, () => 'fast', throwing],
  units: [() => ['g'], () => [1, 2, 3], () => 'g', () => 5],
  times: [() => [NaN], () => 'abc', () => new Array<number>(99).fill(1), () => ({}), () => 5],
  contract: [() => 'abc', () => [1], () => ({}), () => 5],
}
/** What a value of a channel must not be. */
const NUMBER = [() => NaN, () => Infinity, () => -Infinity, () => 'loose', () => ({}), () => Symbol('s')] // prettier-ignore
/** What a whole payload of samples must not be. */
const SAMPLES = [() => undefined, () => null, () => 'abc', () => Symbol('s'), () => () => 1, () => [], () => ({}), () => new Array<number>(1000), throwing, () => NaN, () => -Infinity] // prettier-ignore
/** What an order to a source must not be. */
const ORDER = [() => 5, () => NaN, () => 'faster', () => [], () => Symbol('s'), () => 10n, () => () => 1]
/** What other properties of a message must not be. */
const PROPERTIES: Readonly<Record<string, readonly (() => unknown)[]>> = {
  topic: [() => ({}), () => [], () => Symbol('s'), () => () => 1, () => 10n],
  state: [() => undefined, () => null, () => ({}), () => [], () => Symbol('s')],
  learning: [() => 5, () => ({}), () => 'abc', () => ({ id: 5 }), () => Symbol('s')],
  learn: [() => 'yes', () => 1, () => null, () => NaN, () => ({}), () => Symbol('s')],
  forget: [() => 'yes', () => 1, () => null, () => NaN, () => ({}), throwing],
  snooze: [() => 'abc', () => -5, () => NaN, () => Infinity, () => ({}), () => Symbol('s')],
  anomaly: [() => 5e-324, () => NaN, () => 'abc', () => Symbol('s'), () => [], () => ({}), throwing],
}
/** What each property of a verdict must not be. */
const VERDICT: Readonly<Record<string, readonly (() => unknown)[]>> = {
  score: [() => NaN, () => Infinity, () => '3', () => undefined, () => ({})],
  threshold: [() => NaN, () => -Infinity, () => 'high', () => []],
  pValue: [() => NaN, () => Symbol('s')],
  isAnomaly: [() => 'yes', () => 1],
  inSample: [() => 5, () => null],
  reason: [() => 'BAD', () => 5, () => ({})],
  window: [() => null, () => 3, () => ({ start: NaN, end: 1 }), () => ({ start: 1, end: Infinity })],
  contract: [() => 'abc', () => [1]],
  model: [() => null, () => ({}), () => ({ name: 5 })],
  vote: [() => 3, () => ({ k: NaN, n: 2, score: 1 }), () => ({ k: 1, n: 2, score: Infinity })],
  contributions: [() => null, () => ({ ax: NaN }), () => ({ ax: '1' })],
  detector: [() => 5, () => ({})],
  detail: [() => 5, () => []],
}
const GOOD_VERDICT = {
  score: 2, threshold: 4, pValue: 0.5, isAnomaly: false, reason: 'NORMAL', inSample: false, window: { start: 0, end: 1 }, contract: ['x'],
} // prettier-ignore

/**
 * A good message with one field damaged; the node has to refuse it, and its refusal to name that field.
 * @param reads the properties beside the payload that the node reads
 */
export function damaged(good: Message, reads: readonly string[], random: Random): Hostile {
  const property = pick(['payload', 'payload', ...reads], random)
  const value = pick(PROPERTIES[property] ?? [() => undefined], random)
  if (property === 'anomaly') return random.next() < 0.3 ? { message: { ...good, anomaly: value() as never }, names: 'msg.anomaly' } : damagedVerdict(good, random) // prettier-ignore
  if (property !== 'payload') return { message: { ...good, [property]: value() }, names: `msg.${property}` }
  if (good.anomaly !== undefined) return damagedVerdict(good, random)
  return damagedPayload(good, random)
}

function damagedVerdict(good: Message, random: Random): Hostile {
  const message = { ...good, anomaly: { ...GOOD_VERDICT, ...good.anomaly } as never }
  if (random.next() < 0.2) return { message: { ...message, payload: pick([NaN, Infinity, -Infinity], random) }, names: 'payload' } // prettier-ignore
  const key = pick(Object.keys(VERDICT), random)
  const anomaly = { ...(message.anomaly as Properties), [key]: pick(VERDICT[key]!, random)() } as never
  return { message: { ...message, anomaly }, names: `msg.anomaly.${key}` }
}

function damagedPayload(good: Message, random: Random): Hostile {
  const { payload } = good
  const whole = (values: readonly (() => unknown)[], names: string): Hostile => ({
    message: { ...good, payload: pick(values, random)() },
    names,
  })
  if (typeof payload === 'string') return whole(ORDER, 'payload')
  if (typeof payload === 'number') return whole(SAMPLES, 'msg.')
  if (random.next() < 0.2) return whole(SAMPLES, 'payload')
  if (!('channels' in (payload as object))) {
    const key = pick(Object.keys(payload as object), random)
    return {
      message: { ...good, payload: { ...(payload as object), [key]: pick(NUMBER, random)() } },
      names: key,
    }
  }
  const frame = payload as { channels: readonly string[]; data: Float32Array }
  if (random.next() < 0.4) {
    const data = Float32Array.from(frame.data)
    const at = Math.floor(random.next() * data.length)
    data[at] = pick([NaN, Infinity, -Infinity], random)
    const names = `channel ${frame.channels[at % frame.channels.length]!}, row ${Math.floor(at / frame.channels.length)} `
    return { message: { ...good, payload: { ...frame, data } }, names }
  }
  const key = pick(Object.keys(FRAME), random)
  const value = pick(FRAME[key]!, random)()
  return { message: { ...good, payload: { ...frame, [key]: value } }, names: `payload.${key}` }
}

/** Finds numbers that are not finite, however deep. */
export function notFinite(value: unknown, seen = new Set<unknown>()): boolean {
  if (typeof value === 'number') return !Number.isFinite(value)
  if (typeof value !== 'object' || value === null || seen.has(value)) return false
  seen.add(value)
  if (ArrayBuffer.isView(value))
    return [...(value as Float32Array)].some(
      (number) => typeof number === 'number' && !Number.isFinite(number),
    )
  return Object.values(value).some((inner) => notFinite(inner, seen))
}
