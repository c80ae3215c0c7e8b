import { ContractExtender } from './contract'
import { InputError } from './errors'
import { contractOf, rowCount, spanOf, type Frame } from './frame'
import { format } from './messages'
import type { Stage } from './stage'
import { withoutScore, type Verdict } from './verdict'

export interface MachineOffSettings {
  /** A machine below this effective value (RMS) is off, in the unit of the channels. */
  readonly below: number
  /** Channels that tell; empty: all. */
  readonly channels: readonly string[]
  /** Take each channel's mean off first: for vibration it is gravity, and no sign of a machine at work. */
  readonly removeMean: boolean
  /** Leave a window in which one of the channels is constant to the stage after: the sensor is stuck, whatever the machine does. */
  readonly sparesConstant: boolean
}

/**
 * Answers MACHINE_OFF for windows without energy and hands the others to the stage after it: a machine at rest is neither learned
 * nor scored. Energy is the effective value of the channels together, √(Σ x² / rows) over all of them.
 */
export class MachineOff implements Stage<Frame, Frame | Verdict> {
  private readonly extender = new ContractExtender('machine-off')
  private known?: readonly string[]
  private columns: readonly number[] = []

  constructor(
    private readonly settings: MachineOffSettings,
    private readonly next: Stage<Frame, Frame | Verdict>,
  ) {}

  /** @throws InputError where the frame lacks one of the channels */
  push(frame: Frame): readonly (Frame | Verdict)[] {
    if (rowCount(frame) === 0) return this.next.push(frame)
    this.findColumns(frame.channels)
    const level = this.level(frame)
    if (level === undefined || level >= this.settings.below) return this.next.push(frame)
    const { below } = this.settings
    const detail = format('frame.machineOff', { level: Number(level.toPrecision(3)), below })
    return [withoutScore('MACHINE_OFF', spanOf(frame), this.extender.extend(contractOf(frame)), detail)]
  }

  reset(): void {
    this.next.reset?.()
  }

  snapshot(): unknown {
    return this.next.snapshot?.()
  }

  restore(state: unknown): void {
    this.next.restore?.(state)
  }

  private findColumns(channels: readonly string[]): void {
    if (channels === this.known) return
    const { channels: wanted } = this.settings
    this.columns = (wanted.length === 0 ? channels : wanted).map((name) => {
      const column = channels.indexOf(name)
      if (column >= 0) return column
      throw new InputError('frame.missingChannel', {
        field: 'msg.payload',
        row: 0,
        channel: name,
        channels: wanted.join(', '),
      })
    })
    this.known = channels
  }

  /** Effective value of the channels; undefined where a constant channel tells nothing of the machine. */
  private level({ data, channels }: Frame): number | undefined {
    const width = channels.length
    const rows = data.length / width
    let total = 0
    for (const column of this.columns) {
      const first = data[column]!
      let sum = 0
      let square = 0
      for (let i = column; i < data.length; i += width) {
        // Taken from the first value, so that a large mean costs no digits.
        const value = data[i]! - first
        sum += value
        square += value * value
      }
      if (square === 0 && this.settings.sparesConstant) return undefined
      const mean = sum / rows
      total += Math.max(0, square / rows - mean * mean)
      if (!this.settings.removeMean) total += (first + mean) * (first + mean)
    }
    return Math.sqrt(total)
  }
}
