import type { Frame } from './frame'
import { MachineOff, type MachineOffSettings } from './machine-off'
import type { Stage } from './stage'
import type { Verdict } from './verdict'
import { WindowStage, type WindowOptions } from './window'

const PASS: Stage<Frame, Frame> = { push: (frame) => [frame] }

/** Cuts windows, and answers MACHINE_OFF for those of a machine at rest: for chains that take windows, or rows, as they are. */
export class WindowOrOff implements Stage<Frame, Frame | Verdict> {
  private readonly windows: WindowStage
  private readonly off?: MachineOff

  constructor(options: WindowOptions, off?: MachineOffSettings) {
    this.windows = new WindowStage(options)
    if (off !== undefined) this.off = new MachineOff(off, PASS)
  }

  push(frame: Frame): readonly (Frame | Verdict)[] {
    const { off } = this
    const windows = this.windows.push(frame)
    return off === undefined ? windows : windows.flatMap((window) => off.push(window))
  }

  get collected(): WindowStage['collected'] {
    return this.windows.collected
  }

  reset(): void {
    this.windows.reset()
  }

  snapshot(): unknown {
    return this.windows.snapshot()
  }

  restore(state: unknown): void {
    this.windows.restore(state)
  }
}
