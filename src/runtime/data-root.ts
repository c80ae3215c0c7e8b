import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { NodeAPI } from 'node-red'

const temporary = new WeakMap<object, string>()

/** `<userDir>/edge-anomaly`; where Node-RED runs without a user directory (embedded, tests) a temporary folder of this process. */
export function dataRootOf(red: NodeAPI): string {
  const userDir: unknown = red.settings.userDir
  if (typeof userDir === 'string' && userDir !== '') return path.join(userDir, 'edge-anomaly')
  let folder = temporary.get(red.events)
  if (folder === undefined) {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'edge-anomaly-'))
    temporary.set(red.events, folder)
  }
  return folder
}
