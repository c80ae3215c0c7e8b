import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { packageRoot } from '../../test/node-red'
import type { Figure } from '../figure'
import type { Terminal } from './terminal'
import { sharedFolder } from './window-case'

const FOLDER = path.join(sharedFolder, 'reference', 'system0')
const CHANNELS = 'accel_x,accel_y,accel_z,gyro_x,gyro_y,gyro_z'
/** Requests that the test of the flow asks. */
const REQUESTS = 76
const TEST = path.join('test', 'nodes', 'http-imu-api.test.ts')

/** System 0, faults of an IMU: its network and scaler give its scores, and the example flow answers its requests in Node-RED. */
export function imuService(terminal: Terminal, say: (text: string) => void): readonly Figure[] {
  return [...itsModel(terminal), ...requests(terminal, say)]
}

function itsModel(terminal: Terminal): readonly Figure[] {
  const files = ['autoencoder.onnx', 'scaler.pkl'].map((name) => path.join(FOLDER, name))
  const options = ['--channels', CHANNELS, '--loss', 'mae', '--threshold', '0.05963']
  terminal.run('import', ...files, '--model', terminal.place('its model'), ...options)
  const { raw, mae } = JSON.parse(readFileSync(path.join(FOLDER, 'autoencoder.json'), 'utf8')) as {
    raw: readonly (readonly (readonly number[])[])[]
    mae: readonly number[]
  }
  const differences = raw.map((rows, i) => {
    const file = terminal.write('window.csv', `${CHANNELS}\n${rows.map((row) => row.join(',')).join('\n')}\n`)
    const [scored] = terminal.score('its model', [file])
    return Math.abs((scored?.score ?? NaN) - mae[i]!)
  })
  return [
    {
      name: `system 0, its model (itself: ROC-AUC 0.984, F1 0.954): largest difference of ${mae.length} scores`,
      // Equal scores are equal results: on its own test it has ROC-AUC 0.984 and F1 0.954.
      value: Math.max(...differences),
      target: '<=1e-5',
    },
  ]
}

/** Runs the test of the flow in Node-RED and counts what it asks. */
function requests(terminal: Terminal, say: (text: string) => void): readonly Figure[] {
  const report = terminal.place('requests')
  const mocha = path.join(packageRoot, 'node_modules', 'mocha', 'bin', 'mocha.js')
  const options = [
    '--no-package',
    '--require',
    'tsx/cjs',
    '--require',
    path.join(__dirname, 'count-requests.cjs'),
  ]
  const { status, stdout } = spawnSync(process.execPath, [mocha, ...options, '--reporter', 'json', TEST], {
    cwd: packageRoot,
    encoding: 'utf8',
    env: { ...process.env, REQUESTS_REPORT: report },
  })
  if (status !== 0) say(stdout.slice(-2000))
  return [
    {
      name: 'system 0, requests of its API that are asked and checked',
      value: existsSync(report) ? Number(readFileSync(report, 'utf8')) : 0,
      target: `>=${REQUESTS}`,
    },
    { name: 'system 0, its API: tests that do not pass', value: status, target: '==0' },
  ]
}
