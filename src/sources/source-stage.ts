import type { Contract } from '../core/contract'
import { InputError } from '../core/errors'
import { rowCount, type Frame } from '../core/frame'
import { Refusals } from '../core/refusals'
import { withoutScore } from '../core/verdict'
import { ChannelMap } from './channel-map'
import { chooseClock } from './clock-choice'
import { asInputError } from './decode/decode-text'
import type { Batch, Decoder } from './decode/decoder'
import { findDecoder } from './decode/registry'
import { makeFramer, type Framer } from './framing'
import { RateMeter } from './rate-meter'
import type { SourceEvent, SourceHealth, SourceItem, SourceOutput } from './source-events'
import type { SourceSettings } from './source-settings'
import { readSourceState, type SourceState } from './source-state'
import { SourceStream } from './source-stream'
import { Watchdog } from './watchdog'

/** One arrival: `bytes` is a piece of an endless stream (serial), `value` a whole message (MQTT, HTTP, message in, I2C). */
export type SourceInput = {
  /** ms since the epoch. */
  readonly arrival: number
  /** Names the stream, unless the settings do. */
  readonly topic?: string
} & (
  | { readonly bytes: Uint8Array; readonly value?: undefined }
  | { readonly value: unknown; readonly bytes?: undefined }
)

/** Ticks come four times a second: a time so far from the last one is a clock that was set (or a machine that slept). */
const CLOCK_SET_MS = 60_000
/** A stream whose last input was bad so long ago, and so long ago as silence is told, is not bad but silent. */
const BAD_MS = 10_000
const NO_CONTRACT: Contract = []

/** Everything pure of a source: cut, decode, map, order, watch. Each stream (topic) has its own order and watchdog. */
export class SourceStage {
  private readonly decoder: Decoder
  private readonly framer?: Framer
  private readonly map: ChannelMap
  private readonly streams = new Map<string, SourceStream>()
  /** Watches the source as a whole until its first stream is there. */
  private watchdog: Watchdog
  private readonly meter = new RateMeter()
  /** Streams whose last input was bad, and when it came. */
  private readonly badTopics = new Map<string, number>()
  private isFull = false
  private lastTick?: number

  private readonly settings: SourceSettings

  /** @throws ConfigError where a setting is wrong */
  constructor(settings: SourceSettings) {
    const { channels, clock, format, options, rate, timeUnit, sequenceField } = settings
    const spec = findDecoder('format', format)
    const timeField = settings.timeField ?? spec.defaults?.timeField
    this.decoder = spec.create({
      wanted: [...new Set(channels.map(({ name, from }) => from ?? name))],
      timeField: clock === 'device' ? timeField : undefined,
      timeUnit,
      sequenceField: clock === 'sequence' ? sequenceField : undefined,
      options,
    })
    this.settings = { ...settings, clock: chooseClock(settings, this.decoder.clocks ?? spec.clocks) }
    this.framer = makeFramer(this.decoder.framing)
    this.map = new ChannelMap(channels, rate)
    this.watchdog = new Watchdog(settings)
  }

  /** Never throws for data: what is wrong is in `errors`, and in `events` where it is news. */
  push(input: SourceInput): SourceOutput {
    const out: Output = { items: [], events: [], refusals: new Refusals() }
    this.noteTime(input.arrival)
    const topic = this.settings.topic || input.topic || ''
    const chunk = input.bytes === undefined ? input.value : this.framer?.push(input.bytes)
    if (chunk === undefined && input.bytes !== undefined) return finished(out)
    const { batches, frames, errors } = this.decoder.decode(chunk, { arrival: input.arrival, topic })
    for (const batch of batches) this.take(batch, batch.stream ?? topic, input.arrival, out)
    for (const frame of frames ?? []) this.pass(frame, topic, input.arrival, out)
    const refused = out.refusals.errors
    const all = refused.length === 0 ? errors : [...errors, ...refused]
    this.note(topic, all, input.arrival, out)
    return { items: out.items, events: out.events, errors: all }
  }

  /** Lets time pass: NO_DATA, held rows. Call it about four times a second. */
  tick(now: number): SourceOutput {
    const out: Output = { items: [], events: [], refusals: new Refusals() }
    this.noteTime(now)
    this.lastTick = now
    for (const stream of this.streams.values()) this.meter.add(stream.tick(now, out), now)
    if (this.streams.size === 0) {
      const { topic } = this.settings
      for (const verdict of this.watchdog.tick(now, NO_CONTRACT)) {
        out.items.push({ topic, verdict })
        const params = { field: topic || 'source', detail: verdict.detail ?? '' }
        out.events.push({ kind: 'noData', topic, key: 'sources.noData', params })
      }
    }
    return finished(out)
  }

  /** The transport lost its line: half a line or record is dropped, nothing is joined over the break. */
  reconnected(): void {
    this.framer?.reset()
  }

  /** Rate in Hz over the last seconds, of all streams together; for the status. */
  measuredRate(now: number): number {
    return this.meter.rate(now)
  }

  /** How the streams stand, for the status. Before the first one, the source as a whole counts as one. */
  health(now: number): SourceHealth {
    const { noDataAfter } = this.settings
    const isRecent = (at: number): boolean => Math.abs(now - at) < Math.max(noDataAfter, BAD_MS)
    const bad = [...this.badTopics].flatMap(([topic, at]) => (isRecent(at) ? [topic] : []))
    const silent = [...this.streams.values()].filter((stream) => stream.silent).length
    const streams = new Set([...this.streams.keys(), ...bad]).size
    return streams === 0
      ? { streams: 1, silent: this.watchdog.silent ? 1 : 0, bad: 0 }
      : { streams, silent, bad: bad.length }
  }

  /** Clears buffers and clocks of one stream, or of all. */
  reset(topic?: string): void {
    if (topic !== undefined) {
      this.streams.delete(topic)
      this.badTopics.delete(topic)
      return
    }
    this.streams.clear()
    this.badTopics.clear()
    this.watchdog = new Watchdog(this.settings)
    this.framer?.reset()
    this.decoder.reset?.()
    this.isFull = false
  }

  /** Where each stream stands, as plain JSON: after a restart, no row is given out twice. */
  snapshot(): SourceState {
    const streams = [...this.streams].map(([topic, stream]) => ({ topic, order: stream.snapshot() }))
    return { version: 1, streams }
  }

  /** Goes on with the streams of a snapshot; they are watched from now on. @throws InputError where it is none */
  restore(state: unknown): void {
    const { streams } = readSourceState(state)
    for (const { topic, order } of streams.slice(0, this.settings.maxStreams)) {
      const stream = new SourceStream(topic, this.settings)
      stream.restore(order)
      this.streams.set(topic, stream)
    }
  }

  private take(batch: Batch, topic: string, arrival: number, out: Output): void {
    try {
      const samples = this.map.map(batch, out.refusals)
      if (samples === undefined) return
      const rows = this.stream(topic, arrival, out)?.push(samples, arrival, out) ?? 0
      this.meter.add(rows, arrival)
    } catch (error) {
      out.refusals.take(asInputError(error))
    }
  }

  /** A frame that other nodes shaped already: self-contained, so it goes on as it is. */
  private pass(frame: Frame, topic: string, arrival: number, out: Output): void {
    const stream = this.stream(topic, arrival, out)
    if (stream === undefined) return
    stream.pass(frame, arrival, out)
    this.meter.add(rowCount(frame), arrival)
  }

  /** Finds out, from the ticks, that the clock was set. Without ticks (a replay) arrivals may be any time apart. */
  private noteTime(now: number): void {
    const { lastTick } = this
    if (lastTick === undefined || Math.abs(now - lastTick) < CLOCK_SET_MS) return
    this.lastTick = now
    for (const stream of this.streams.values()) stream.clockSet(now - lastTick)
  }

  private stream(topic: string, arrival: number, out: Output): SourceStream | undefined {
    const known = this.streams.get(topic)
    if (known !== undefined) return known
    const { maxStreams } = this.settings
    if (this.streams.size >= maxStreams) {
      const params = { field: topic, max: maxStreams }
      out.refusals.take(new InputError('sources.tooManyStreams', params))
      if (!this.isFull)
        out.events.push({ kind: 'tooManyStreams', topic, key: 'sources.tooManyStreams', params })
      this.isFull = true
      return undefined
    }
    const made = new SourceStream(topic, this.settings)
    this.streams.set(topic, made)
    if (this.watchdog.silent) {
      out.events.push({
        kind: 'recovered',
        topic,
        key: 'sources.recovered',
        params: { field: topic || 'source' },
      })
      this.watchdog = new Watchdog(this.settings)
      // What was told of no stream in particular is over, although that stream will never speak.
      const unnamed = this.settings.topic
      const now = { start: arrival, end: arrival }
      if (topic !== unnamed)
        out.items.push({ topic: unnamed, verdict: withoutScore('LEARNING', now, NO_CONTRACT) })
    }
    return made
  }

  /** The first bad input of an outage is news. */
  private note(topic: string, errors: readonly InputError[], arrival: number, out: Output): void {
    const error = errors[0]
    if (error === undefined) {
      if (out.items.length > 0) this.badTopics.delete(topic)
      return
    }
    if (error.key === 'sources.tooManyStreams') return
    const isNews = !this.badTopics.has(topic)
    if (isNews) out.events.push({ kind: 'badInput', topic, key: error.key, params: error.params, error })
    if (!isNews || this.badTopics.size < this.settings.maxStreams) this.badTopics.set(topic, arrival)
  }
}

/** What one call gathers. */
export interface Output {
  readonly items: SourceItem[]
  readonly events: SourceEvent[]
  readonly refusals: Refusals
}

function finished({ items, events, refusals }: Output): SourceOutput {
  return { items, events, errors: refusals.errors }
}
