import { readFileSync } from 'node:fs'
import path from 'node:path'
import { findDecoder } from '../../src/sources/decode/registry'
import type { Figure } from '../figure'
import { falseAlarms, rocAuc, shareFlagged, type Terminal } from './terminal'
import { sharedFolder } from './window-case'

/** The log's windows: 40 readings, each 20 after the one before; times are irregular, 33 Hz on average. */
const CUT = ['--resample', '33', '--window', '40', '--hop', '20']
/** Windows that share no readings: neighbours that do would count one false alarm twice. */
const APART = ['--hop', '40']
/** Some 46 windows are there to calibrate one speed. */
const ALPHA = 0.05

/**
 * System 2, gyroscope of a fan, category 0 of its logs. The first 60 % of the healthy recording of speed 1 are learned from, the next
 * 20 % calibrate, the last 20 % are the test, against the recording with a disturbance. Speed 3 is healthy too: alone it is
 * unknown, with one baseline per speed it is normal.
 */
export function gyroscopeLog(terminal: Terminal): readonly Figure[] {
  const still = new Log('B_V1_Still', 1, terminal)
  const fast = new Log('B_V3_Still', 3, terminal)
  const disturbed = new Log('B_V1_Still_anomaly', 1, terminal).part(0, 1)
  const alpha = ['--alpha', String(ALPHA)]

  const one = terminal.fit('one', still.normal, ...CUT, '--ignore', 'speed', ...alpha)
  const normal = terminal.score('one', [still.test])
  const anomalous = terminal.score('one', [disturbed])

  const both = {
    train: [...still.normal.train, ...fast.normal.train],
    calib: [...still.normal.calib, ...fast.normal.calib],
  }
  const fitted = terminal.fit('each', both, ...CUT, '--context', 'speed', ...alpha)
  const name = 'system 2, one baseline per speed'
  return [
    {
      name: 'system 2, features (itself: 0.956): ROC-AUC',
      value: rocAuc(normal, anomalous),
      target: '>=0.99',
    },
    { name: 'system 2, features: recall', value: shareFlagged(anomalous) },
    ...falseAlarms('system 2, features', terminal.score('one', [still.test], ...APART), one, ALPHA),
    {
      name: 'system 2, the healthy other speed without a baseline of its own: flagged',
      value: shareFlagged(terminal.score('one', [fast.test])),
    },
    { name: `${name}: recall`, value: shareFlagged(terminal.score('each', [disturbed])), target: '>=0.99' },
    ...falseAlarms(`${name}, speed 1`, terminal.score('each', [still.test], ...APART), fitted, ALPHA),
    ...falseAlarms(`${name}, speed 3`, terminal.score('each', [fast.test], ...APART), fitted, ALPHA),
  ]
}

/** Parts of one recording. */
class Log {
  readonly normal: { readonly train: readonly string[]; readonly calib: readonly string[] }
  readonly test: string
  private readonly rows: readonly string[]

  constructor(
    private readonly recording: string,
    speed: number,
    private readonly terminal: Terminal,
  ) {
    const file = path.join(sharedFolder, 'data', 'gyro_fan', `data_log_ventilatore${recording}.txt`)
    const decoder = findDecoder('format', 'gyro-log').create({ wanted: [], timeUnit: 'ms', options: {} })
    const { batches } = decoder.decode(readFileSync(file), { arrival: 0 })
    this.rows = batches.flatMap(({ data, times, channels }) =>
      Array.from(times!, (time, i) => {
        const values = data.slice(i * channels.length, (i + 1) * channels.length)
        return `${time / 1000},${values.join(',')},${speed}`
      }),
    )
    this.normal = { train: [this.part(0, 0.6)], calib: [this.part(0.6, 0.8)] }
    this.test = this.part(0.8, 1)
  }

  part(from: number, to: number): string {
    const [begin, end] = [from, to].map((share) => Math.floor(share * this.rows.length)) as [number, number]
    const lines = ['time,gx,gy,gz,speed', ...this.rows.slice(begin, end)]
    return this.terminal.write(`${this.recording}-${from}-${to}.csv`, `${lines.join('\n')}\n`)
  }
}
