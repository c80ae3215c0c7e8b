import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'

const folder = path.resolve(__dirname, '../../src/train/kernels')

/** Compiles the kernels where no build has done so yet. */
export function buildKernels(): void {
  if (!existsSync(path.join(folder, 'wasm.generated.js')))
    execFileSync(process.execPath, [path.join(folder, 'build.mjs')])
}
