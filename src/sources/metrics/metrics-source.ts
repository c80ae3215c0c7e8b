import { sourceLine } from '../../core/contract'
import type { Frame } from '../../core/frame'
import { format } from '../../core/messages'
import { withoutScore, type Verdict } from '../../core/verdict'
import type { MetricGroup } from '../../core/metric-groups'
import type { Probe, Reading } from './probe'

/** What one look at the machine gave. */
export interface Measured {
  /** One row, or a DROPOUT verdict where a channel that was there has gone. */
  readonly result?: Frame | Verdict
  /** Groups that this machine turned out not to have; told once. */
  readonly missing: readonly MetricGroup[]
  /** Channels that have been gone for long: from now on rows come without them. */
  readonly leftOut?: readonly string[]
  /** Channels that came, or came back: from now on rows have them. */
  readonly back?: readonly string[]
}

/** Rates need two looks, so what a machine has is known after the second. */
const LOOKS = 2
/** A channel that is gone for so long, ms, no longer holds up the others. */
const PATIENCE = 60_000

type Head = Pick<Frame, 'channels' | 'units' | 'rate' | 'contract'>

interface Found {
  readonly group: MetricGroup
  readonly readings: readonly Reading[]
}

/**
 * Looks at the machine and makes one row of what it finds. Which channels there are is settled after two looks: a group that the machine
 * lacks is left out, never sent as 0, and taken up where it comes later. A channel that goes missing is a fault of the sensor, since
 * what was learned needs all; where it stays away for a minute, rows go on without it until it is back.
 */
export class MetricsSource {
  private looks = 0
  private head?: Head
  /** Channels of each group as they were found; none where the machine has lacked it so far. */
  private readonly known = new Map<MetricGroup, readonly Pick<Reading, 'name' | 'unit'>[]>()
  /** When channels of the row were missed first, ms. */
  private readonly missed = new Map<string, number>()
  private readonly leftOut = new Set<string>()

  /** @param rate of the looks, Hz */
  constructor(
    private readonly probes: readonly { readonly group: MetricGroup; readonly probe: Probe }[],
    private readonly rate: number,
  ) {}

  /** @param now ms since the epoch */
  async look(now: number): Promise<Measured> {
    const found = await Promise.all(
      this.probes.map(async ({ group, probe }) => ({ group, readings: await readSafely(probe, now) })),
    )
    this.looks++
    if (this.looks < LOOKS) return { missing: [] }
    const values = new Map(found.flatMap(({ readings }) => readings.map(({ name, value }) => [name, value])))
    if (this.head === undefined) {
      const missing = found.filter(({ readings }) => readings.length === 0).map(({ group }) => group)
      // With nothing at all, the next look may find something.
      if (values.size === 0) return { missing: this.looks === LOOKS ? missing : [] }
      this.takeUp(found, values)
      return { result: this.row(this.settle(), values, now), missing }
    }
    const back = this.takeUp(found, values)
    const leftOut = this.giveUp(this.head.channels, values, now)
    const head = back.length + leftOut.length > 0 ? this.settle() : this.head
    return {
      result: this.row(head, values, now),
      missing: [],
      ...(leftOut.length > 0 ? { leftOut } : {}),
      ...(back.length > 0 ? { back } : {}),
    }
  }

  /** Groups that are there for the first time, and channels that are there again. */
  private takeUp(found: readonly Found[], values: ReadonlyMap<string, number>): readonly string[] {
    const back = [...this.leftOut].filter((name) => values.has(name))
    for (const name of back) this.leftOut.delete(name)
    for (const { group, readings } of found) {
      if ((this.known.get(group)?.length ?? 0) > 0) continue
      this.known.set(group, readings)
      back.push(...readings.map(({ name }) => name))
    }
    return back
  }

  /** Channels that have been gone for long; the last one is waited for. */
  private giveUp(
    channels: readonly string[],
    values: ReadonlyMap<string, number>,
    now: number,
  ): readonly string[] {
    for (const name of channels) {
      if (values.has(name)) this.missed.delete(name)
      else if (!this.missed.has(name)) this.missed.set(name, now)
    }
    const gone = channels.filter((name) => now - (this.missed.get(name) ?? now) >= PATIENCE)
    if (gone.length === channels.length) return []
    for (const name of gone) {
      this.missed.delete(name)
      this.leftOut.add(name)
    }
    return gone
  }

  private settle(): Head {
    const all = this.probes.flatMap(({ group }) => this.known.get(group) ?? [])
    const kept = all.filter(({ name }) => !this.leftOut.has(name))
    const channels = kept.map(({ name }) => name)
    const units = kept.map(({ unit }) => unit)
    const { rate } = this
    return (this.head = { channels, units, rate, contract: [sourceLine(channels, units, rate)] })
  }

  private row(head: Head, values: ReadonlyMap<string, number>, now: number): Frame | Verdict {
    const gone = head.channels.filter((name) => !values.has(name))
    if (gone.length > 0) {
      const detail = format('metrics.gone', { channel: gone.join(', ') })
      return withoutScore('DROPOUT', { start: now, end: now + 1000 / this.rate }, head.contract!, detail)
    }
    return { ...head, start: now, data: Float32Array.from(head.channels, (name) => values.get(name)!) }
  }
}

/** A probe that fails is one without a reading: the others go on. */
async function readSafely(probe: Probe, now: number): Promise<readonly Reading[]> {
  try {
    return await probe.read(now)
  } catch {
    return []
  }
}
