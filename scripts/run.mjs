import { spawn, spawnSync } from 'node:child_process'
import { root } from './paths.mjs'

/** Runs a command in the project's folder with this terminal; gives its exit code (1 where a signal ended it). */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (error) throw error
  return status ?? 1
}

/** Runs a script of a Node package with this very Node, e.g. `node_modules/mocha/bin/mocha.js`. */
export function runNode(args, options) {
  return run(process.execPath, args, options)
}

/** As `runNode`, but in the background, with its output kept: resolves with `{ code, output }`. */
export function runQuietly(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}
