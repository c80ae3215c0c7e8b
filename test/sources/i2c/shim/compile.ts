import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** The shared object to put into LD_PRELOAD, or why there is none. */
export type Shim =
  | { readonly library: string; readonly missing?: undefined }
  | { readonly library?: undefined; readonly missing: string }

/**
 * Compiles the simulated MPU-6050 (what it does and which variables steer it is told at the head of the C file).
 * `missing` names what is not there; a compiler that is there and fails is an error.
 */
export function compileShim(): Shim {
  if (process.platform !== 'linux') return { missing: 'Linux' }
  const version = spawnSync('gcc', ['--version'])
  if (version.error !== undefined || version.status !== 0) return { missing: 'gcc' }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'i2cshim-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const library = path.join(folder, 'mpu6050.so')
  const source = path.join(__dirname, 'mpu6050_shim.c')
  const built = spawnSync(
    'gcc',
    ['-O2', '-shared', '-fPIC', '-Wall', '-o', library, source, '-ldl', '-lm', '-lpthread'],
    { encoding: 'utf8' },
  )
  if (built.status !== 0) throw new Error(`gcc failed on ${source}:\n${built.stderr}`)
  return { library }
}
