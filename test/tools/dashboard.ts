import { existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

export const DASHBOARD = '@flowfuse/node-red-dashboard'

/** Where it is installed: env `DASHBOARD_HOME`, a folder with `node_modules`; undefined where it is not. */
export const dashboardFolder = ((): string | undefined => {
  const folder = path.join(process.env['DASHBOARD_HOME'] ?? '', 'node_modules', DASHBOARD)
  return process.env['DASHBOARD_HOME'] !== undefined && existsSync(folder) ? path.resolve(folder) : undefined
})()

/** A user directory of Node-RED in which the dashboard is installed in the version that an example asks for. */
export function userDirWithDashboard(version: string): string {
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'anomaly-dashboard-'))
  const link = path.join(userDir, 'node_modules', DASHBOARD)
  mkdirSync(path.dirname(link), { recursive: true })
  symlinkSync(dashboardFolder!, link, 'dir')
  const manifest = { name: 'user-dir', private: true, dependencies: { [DASHBOARD]: version } }
  writeFileSync(path.join(userDir, 'package.json'), JSON.stringify(manifest))
  return userDir
}
