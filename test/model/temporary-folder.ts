import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** A new folder for one test; remove it with `fs.rmSync`. */
export function temporaryFolder(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'anomaly-model-'))
}
