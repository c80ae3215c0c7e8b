/**
 * Installs the dependencies where they are missing or package-lock.json has changed since. Uses nothing but Node: it runs
 * before anything is installed.
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root } from './paths.mjs'
import { run } from './run.mjs'

const stamp = path.join(root, 'node_modules', '.stamp')

function wanted() {
  const lock = readFileSync(path.join(root, 'package-lock.json'))
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform} ${process.arch}\n`
}

function installed() {
  try {
    return readFileSync(stamp, 'utf8')
  } catch {
    return undefined
  }
}

export function ensureInstalled() {
  if (installed() === wanted()) return
  console.log('Installing the dependencies (once, a few minutes on a slow line) …')
  // The install script of onnxruntime-node fetches GPU libraries from outside the registry; nobody here needs them.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' }
  const npm = process.env.npm_execpath
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  const code = npm?.endsWith('.js')
    ? run(process.execPath, [npm, ...args], { env })
    : run('npm', args, { env })
  if (code !== 0) {
    console.error('`npm ci` failed: the lines above say why. Is the npm registry reachable?')
    process.exit(code)
  }
  writeFileSync(stamp, wanted())
}
