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
}

/** Rates need two looks, so what a machine has is known after the second. */
const LOOKS = 2

/**
 * Looks at the machine and makes one row of what it finds. Which channels there are is settled once: a group that the machine lacks
 * is left out, never sent as 0, and a channel that goes missing later is a fault of the sensor, since what was learned needs all.
 */
export class MetricsSource {
  private looks = 0
  private head?: Pick<Frame, 'channels' | 'units' | 'rate' | 'contract'>

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
    const readings = found.flatMap((one) => one.readings)
    if (this.head !== undefined) return { result: this.row(readings, now), missing: [] }
    const missing = found.filter((one) => one.readings.length === 0).map(({ group }) => group)
    // With nothing at all, the next look may find something.
    if (readings.length === 0) return { missing: this.looks === LOOKS ? missing : [] }
    const channels = readings.map(({ name }) => name)
    const units = readings.map(({ unit }) => unit)
    const { rate } = this
    this.head = { channels, units, rate, contract: [sourceLine(channels, units, rate)] }
    return { result: this.row(readings, now), missing }
  }

  private row(readings: readonly Reading[], now: number): Frame | Verdict {
    const head = this.head!
    const values = new Map(readings.map(({ name, value }) => [name, value]))
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
