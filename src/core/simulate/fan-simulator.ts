import { FAN_CHANNELS, FAN_DEFAULTS, FAN_RATE, FanRig, readFanSettings } from './fan-rig'
import type { Simulator, SimulatorSpec } from './simulator'

class FanSimulator implements Simulator {
  readonly channels = FAN_CHANNELS
  readonly units = ['g', 'g', 'g']
  readonly rate = FAN_RATE
  private readonly rig: FanRig

  constructor(settings: Readonly<Record<string, unknown>>) {
    this.rig = new FanRig(readFanSettings(settings, FAN_DEFAULTS))
  }

  get label(): string {
    const { coin, fault } = this.rig.settings
    return fault !== 'none' ? fault : coin ? 'coin' : 'normal'
  }

  next(rows: number): Float32Array | undefined {
    return this.rig.next(rows)
  }

  order(order: Readonly<Record<string, unknown>>): void {
    this.rig.set(readFanSettings(order, this.rig.settings))
  }
}

/** A ceiling fan with an accelerometer taped to it; a coin on a blade makes it unbalanced. */
export const fan: SimulatorSpec = {
  name: 'fan',
  labelKey: 'simulate.fan',
  batch: 20,
  make: (settings) => new FanSimulator(settings),
}
