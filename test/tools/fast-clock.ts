import path from 'node:path'
import { compilePreload } from './preload'

/**
 * The environment of a process whose clocks run `pace` times as fast; `libraries` are preloaded with it. Needs gcc (see `needsTool`).
 */
export function fastClock(pace: number, ...libraries: readonly string[]): Readonly<Record<string, string>> {
  const { library, missing } = compilePreload(path.join(__dirname, 'fast_clock.c'))
  if (library === undefined) throw new Error(`no fast clock without ${missing}`)
  return { LD_PRELOAD: [...libraries, library].join(':'), FAST_CLOCK_PACE: String(pace) }
}
