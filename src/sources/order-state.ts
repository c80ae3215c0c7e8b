import { InputError } from '../core/errors'
import type { KeyMemoryState } from './key-memory'
import type { HeldRows } from './order'
import type { Unit } from './reorder-buffer'
import type { RowKeysState } from './row-keys'
import type { RowTimesState } from './row-times'

/** Where one stream stands, as plain JSON. */
export interface OrderState {
  readonly keys: RowKeysState | null
  readonly memory: KeyMemoryState
  readonly times: RowTimesState
  readonly held: HeldState | null
}

interface HeldState {
  readonly released: number | null
  readonly units: readonly HeldUnit[]
}

interface HeldUnit {
  readonly key: number
  readonly arrival: number
  readonly time: number
  readonly channels: readonly string[]
  readonly units: readonly string[] | null
  readonly rate: number | null
  readonly data: readonly number[]
}

interface Held {
  readonly released: number | null
  readonly units: readonly Unit<HeldRows>[]
}

/** Rows that wait, as plain JSON. */
export function writeHeld({ released, units }: Held): HeldState {
  return {
    released,
    units: units.map(({ key, arrival, item: { samples, time } }) => ({
      key,
      arrival,
      time,
      channels: samples.channels,
      units: samples.units ?? null,
      rate: samples.rate ?? null,
      data: Array.from(samples.data),
    })),
  }
}

/** The rows that `writeHeld` wrote. */
export function readHeld({ released, units }: HeldState): Held {
  return {
    released,
    units: units.map(({ key, arrival, time, channels, units: texts, rate, data }) => ({
      key,
      arrival,
      item: {
        time,
        samples: {
          channels,
          ...(texts === null ? {} : { units: texts }),
          ...(rate === null ? {} : { rate }),
          rows: data.length / channels.length,
          data: Float64Array.from(data),
        },
      },
    })),
  }
}

/** Example of each part: what is restored must have the same shape, so that a damaged state cannot do harm later. */
const NUMBER_OR_NULL = (value: unknown): boolean =>
  value === null || (typeof value === 'number' && Number.isFinite(value))
const NUMBER = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value)
const FLAG = (value: unknown): boolean => typeof value === 'boolean'
const NUMBERS = (value: unknown): boolean => Array.isArray(value) && value.every(NUMBER)
const TEXTS = (value: unknown): boolean =>
  Array.isArray(value) && value.every((text) => typeof text === 'string')

type Check = (value: unknown) => boolean

function shape(checks: Readonly<Record<string, Check>>): Check {
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(checks).every(
      ([name, check]) =>
        Object.hasOwn(value, name) && check((value as Readonly<Record<string, unknown>>)[name]),
    )
}

function orNull(check: Check): Check {
  return (value) => value === null || check(value)
}

const IS_UNIT = shape({
  key: NUMBER,
  arrival: NUMBER,
  time: NUMBER,
  channels: TEXTS,
  units: orNull(TEXTS),
  rate: NUMBER_OR_NULL,
  data: NUMBERS,
})

const IS_STATE = shape({
  keys: orNull(
    shape({
      kind: (kind) => kind === 'device' || kind === 'sequence',
      device: shape({ newest: NUMBER_OR_NULL, wrapped: NUMBER, offset: NUMBER_OR_NULL }),
      sequence: NUMBER_OR_NULL,
    }),
  ),
  memory: shape({ last: NUMBER_OR_NULL, recent: NUMBERS }),
  times: shape({
    smooth: shape({ end: NUMBER_OR_NULL, off: NUMBER }),
    regularity: shape({ share: NUMBER, seen: NUMBER, isIrregular: FLAG }),
    end: NUMBER_OR_NULL,
    lastTime: NUMBER_OR_NULL,
    arrival: NUMBER_OR_NULL,
  }),
  held: orNull(
    shape({
      released: NUMBER_OR_NULL,
      units: (list) => Array.isArray(list) && list.every((unit) => IS_UNIT(unit)),
    }),
  ),
})

/** The state that a snapshot was, checked. @throws InputError where it is none */
export function readOrderState(value: unknown): OrderState {
  if (!IS_STATE(value)) throw new InputError('sources.badState', { field: 'state' })
  return value as OrderState
}
