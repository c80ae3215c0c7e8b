/**
 * The systems that this package takes the place of, each on its own data: what it does is done here, by the terminal that runs the
 * same stages as the nodes. Nothing is set but what the data state; every threshold is set before the test is looked at.
 */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fanSpeeds } from './cases/fan-speeds'
import { gyroscopeLog } from './cases/gyroscope-log'
import { imuService } from './cases/imu-service'
import { nabStreams } from './cases/nab-streams'
import { piRules } from './cases/pi-rules'
import { robustZRows } from './cases/robust-z-rows'
import { Terminal } from './cases/terminal'
import { sharedFolder } from './cases/window-case'
import type { Bench, Figure } from './figure'

interface System {
  readonly name: string
  /** What it is measured on, below the folder of the data. */
  readonly needs: readonly string[]
  readonly measure: (
    terminal: Terminal,
    say: (text: string) => void,
  ) => readonly Figure[] | Promise<readonly Figure[]>
}

const SYSTEMS: readonly System[] = [
  { name: 'system 0', needs: ['reference/system0'], measure: imuService },
  { name: 'system 1', needs: ['data/ceiling_fan_full', 'reference/system1'], measure: fanSpeeds },
  { name: 'system 2', needs: ['data/gyro_fan'], measure: gyroscopeLog },
  { name: 'system 3', needs: ['reference/system3'], measure: robustZRows },
  { name: 'system 4', needs: ['reference/system4'], measure: piRules },
  { name: 'nab', needs: ['data/nab_metrics'], measure: nabStreams },
]

/**
 * Words pick some: `npm run bench -- systems 1 nab`. What a system itself came to on the same data stands beside ours in the name
 * of the figure, as it was measured with its own program.
 */
export const run: Bench = async ({ say, words }) => {
  const chosen = words.filter((word) => !word.startsWith('-'))
  const figures: Figure[] = []
  for (const { name, needs, measure } of SYSTEMS) {
    if (chosen.length > 0 && !chosen.some((word) => name.endsWith(word))) continue
    const missing = needs.find((place) => !existsSync(path.join(sharedFolder, place)))
    if (missing !== undefined) {
      say(`skipped ${name}: ${missing} is not here`)
      figures.push({ name, value: null })
      continue
    }
    say(name)
    const terminal = new Terminal()
    try {
      figures.push(...(await measure(terminal, say)))
    } catch (error) {
      // What the others came to must not be lost with it.
      say(`${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      figures.push({ name: `${name}: measured without an error`, value: 0, target: '==1' })
    } finally {
      terminal.dispose()
    }
  }
  return figures
}
