import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { NodeAPI } from 'node-red'
import { PerRuntime } from './per-runtime'

const temporary = new PerRuntime(() => fs.mkdtempSync(path.join(os.tmpdir(), 'edge-anomaly-')))

/** `<userDir>/edge-anomaly`; where Node-RED runs without a user directory (embedded, tests) a temporary folder of this process. */
export function dataRootOf(red: NodeAPI): string {
  const { userDir } = red.settings
  return typeof userDir === 'string' && userDir !== ''
    ? path.join(userDir, 'edge-anomaly')
    : temporary.of(red)
}
