import path from 'node:path'
import type { NodeAPI } from 'node-red'

/** Resolves a path as Node-RED's own file nodes do: against `fileWorkingDirectory`, else the user directory. */
export function resolveUserPath(red: NodeAPI, file: string): string {
  const { fileWorkingDirectory, userDir } = red.settings as {
    fileWorkingDirectory?: unknown
    userDir?: unknown
  }
  const base = [fileWorkingDirectory, userDir].find((folder) => typeof folder === 'string' && folder !== '')
  return path.resolve(typeof base === 'string' ? base : '.', file)
}
