import {
  FAN_CHANNELS,
  FAN_DEFAULTS,
  FAN_FAULTS,
  FAN_RATE,
  FAN_SPEEDS,
  FanRig,
  readFanSettings,
} from './fan-rig'
import { readOrder, type Simulator, type SimulatorSpec } from './simulator'

const ORDERS = Object.keys(FAN_DEFAULTS)

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
    this.rig.set(readOrder(order, ORDERS, () => readFanSettings(order, this.rig.settings)))
  }
}

const HEALTHY = { coin: false, fault: 'none' }

/** A ceiling fan with an accelerometer taped to it; a coin on a blade makes it unbalanced. */
export const fan: SimulatorSpec = {
  name: 'fan',
  labelKey: 'simulate.fan',
  batch: 20,
  orders: ORDERS,
  settings: [
    {
      name: 'speed',
      labelKey: 'simulate.settingSpeed',
      kind: 'choice',
      choices: Object.keys(FAN_SPEEDS),
      fallback: FAN_DEFAULTS.speed,
    },
    { name: 'coin', labelKey: 'simulate.settingCoin', kind: 'flag', fallback: FAN_DEFAULTS.coin },
    {
      name: 'fault',
      labelKey: 'simulate.settingFault',
      kind: 'choice',
      choices: FAN_FAULTS,
      fallback: FAN_DEFAULTS.fault,
    },
  ],
  faults: () => [
    { begin: { coin: true }, end: HEALTHY, seconds: [20, 120] },
    { begin: { fault: 'stuck' }, end: HEALTHY, seconds: [5, 60] },
    { begin: { fault: 'dropout' }, end: HEALTHY, seconds: [2, 20] },
    { begin: { fault: 'saturated' }, end: HEALTHY, seconds: [2, 20] },
  ],
  make: (settings) => new FanSimulator(settings),
}
