import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

/** A package as it is installed here. */
export interface Installed {
  /** Path of its entry file. */
  readonly entry: string
  readonly version: string
  load(): unknown
}

/** Finds an optional package beside this one, or from one of `folders` on upwards; undefined where there is none. */
export function findInstalled(name: string, folders: readonly string[] = []): Installed | undefined {
  for (const folder of [__dirname, ...folders]) {
    const load = createRequire(path.join(folder, 'x.js'))
    try {
      const entry = load.resolve(name)
      return { entry, version: versionOf(entry, name), load: () => load(entry) as unknown }
    } catch {
      continue
    }
  }
  return undefined
}

/** True where a version is this one or a newer one; a release candidate counts as its release. */
export function isAtLeast(version: string, least: string): boolean {
  const [got, need] = [version, least].map((each) => each.split('.').map((part) => Number.parseInt(part)))
  const at = need!.findIndex((part, i) => part !== (got![i] ?? 0))
  return at < 0 || (got![at] ?? 0) > need![at]!
}

function versionOf(entry: string, name: string): string {
  for (let folder = path.dirname(entry); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    try {
      const document: unknown = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'))
      const { name: found, version } = document as { name?: unknown; version?: unknown }
      if (found === name && typeof version === 'string') return version
    } catch {
      continue
    }
  }
  return '0.0.0'
}
