import { InputError } from '../core/errors'
import { readOrderState, type OrderState } from './order-state'

/** What a source keeps over a restart, as plain JSON. */
export interface SourceState {
  readonly version: 1
  readonly streams: readonly { readonly topic: string; readonly order: OrderState }[]
}

/** A snapshot, checked. @throws InputError where it is none */
export function readSourceState(value: unknown): SourceState {
  const bad = (): InputError => new InputError('sources.badState', { field: 'state' })
  if (typeof value !== 'object' || value === null) throw bad()
  const { version, streams } = value as Readonly<Record<string, unknown>>
  if (version !== 1 || !Array.isArray(streams)) throw bad()
  return {
    version: 1,
    streams: streams.map((stream: unknown) => {
      if (typeof stream !== 'object' || stream === null) throw bad()
      const { topic, order } = stream as Readonly<Record<string, unknown>>
      if (typeof topic !== 'string') throw bad()
      return { topic, order: readOrderState(order) }
    }),
  }
}
