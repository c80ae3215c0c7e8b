import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** The shared object to put into LD_PRELOAD, or why there is none. */
export type Preload =
  | { readonly library: string; readonly missing?: undefined }
  | { readonly library?: undefined; readonly missing: string }

/** Compiles a C file for LD_PRELOAD. `missing` names what is not there; a compiler that is there and fails is an error. */
export function compilePreload(source: string): Preload {
  if (process.platform !== 'linux') return { missing: 'Linux' }
  const version = spawnSync('gcc', ['--version'])
  if (version.error !== undefined || version.status !== 0) return { missing: 'gcc' }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'anomaly-preload-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const library = path.join(folder, `${path.basename(source, '.c')}.so`)
  const built = spawnSync(
    'gcc',
    ['-O2', '-shared', '-fPIC', '-Wall', '-o', library, source, '-ldl', '-lm', '-lpthread'],
    { encoding: 'utf8' },
  )
  if (built.status !== 0) throw new Error(`gcc failed on ${source}:\n${built.stderr}`)
  return { library }
}
