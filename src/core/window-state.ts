import type { ContinuityState } from './continuity'
import { InputError } from './errors'
import type { ResamplerState } from './resample'
import type { Source } from './window'
import { readWire, toWire } from './wire'

/** What a window stage keeps over a restart. */
export interface WindowState {
  readonly gaps: number
  /** Length, hop and rate that the buffer was filled with. */
  readonly settings: string
  readonly source: Source
  readonly timed: boolean
  /** Rows in the buffer, oldest first. */
  readonly values: Float32Array
  readonly times?: Float64Array
  readonly due: number
  readonly taken: number
  readonly runStart: number
  readonly continuity: ContinuityState
  readonly resampler?: { readonly state: ResamplerState; readonly row: Float32Array }
}

/** Plain JSON, exact to the bit. */
export function writeWindowState(state: WindowState): unknown {
  const { source, values, times, resampler, ...rest } = state
  const { channels, units, rate, contract } = source
  const wire = (data: Float32Array): unknown => toWire({ channels, units, rate, contract, start: 0, data })
  return {
    ...rest,
    buffer: values.length === 0 ? { channels, units, rate, contract } : wire(values),
    ...(times === undefined ? {} : { times: Array.from(times) }),
    ...(resampler === undefined ? {} : { resampler: { state: resampler.state, row: wire(resampler.row) } }),
  }
}

/** Takes back what `writeWindowState` gave. @throws InputError where it is something else */
export function readWindowState(value: unknown): WindowState | { readonly gaps: number } {
  const state = record(value)
  const gaps = number(state.gaps)
  if (state.buffer === undefined) return { gaps }
  const buffer = record(state.buffer)
  const isEmpty = buffer.f32 === undefined
  const read = readWire(
    isEmpty ? { ...buffer, data: new Float32Array(list(buffer.channels).length) } : buffer,
    'state',
  )
  const { channels, units, rate, contract } = read
  const resampler = state.resampler === undefined ? undefined : record(state.resampler)
  return {
    gaps,
    settings: String(state.settings),
    source: { channels, units, rate, contract },
    timed: state.timed === true,
    values: isEmpty ? new Float32Array(0) : new Float32Array(read.data),
    times: state.times === undefined ? undefined : Float64Array.from(list(state.times), number),
    due: number(state.due),
    taken: number(state.taken),
    runStart: number(state.runStart),
    continuity: readContinuity(record(state.continuity)),
    resampler:
      resampler === undefined
        ? undefined
        : {
            state: readResampler(record(resampler.state)),
            row: new Float32Array(readWire(record(resampler.row), 'state').data),
          },
  }
}

function readContinuity(state: Readonly<Record<string, unknown>>): ContinuityState {
  const orNull = (value: unknown): number | null => (value === null ? null : number(value))
  return {
    expected: orNull(state.expected),
    last: orNull(state.last),
    recent: list(state.recent).map(number),
  }
}

function readResampler(state: Readonly<Record<string, unknown>>): ResamplerState {
  return { origin: number(state.origin), time: number(state.time), emitted: number(state.emitted) }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw foreign()
  return value as Readonly<Record<string, unknown>>
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw foreign()
  return value
}

function number(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw foreign()
  return value
}

function foreign(): InputError {
  return new InputError('frame.foreignState', { field: 'state' })
}
