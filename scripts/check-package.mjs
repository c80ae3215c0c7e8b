/**
 * Installs a packed tarball as a user would, in an empty user directory, starts Node-RED there and asks it which nodes it has:
 *
 *   node scripts/check-package.mjs TARBALL NODE_RED_HOME
 *
 * NODE_RED_HOME contains node_modules/node-red; Node-RED runs on the Node that runs this script. Ends with 1 where a node is missing.
 * Adds its result to the file that env MOCHA_SUMMARY names, as the tests do.
 */
import { spawn } from 'node:child_process'
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { root } from './paths.mjs'
import { run } from './run.mjs'

const [tarball, home] = process.argv.slice(2).map((argument) => path.resolve(argument))
const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'))
const userDir = await mkdtemp(path.join(os.tmpdir(), 'anomaly-package-'))

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

function install() {
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' }
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', tarball]
  if (run('npm', args, { cwd: userDir, env }) !== 0) throw new Error('npm install failed')
}

async function startNodeRed(port) {
  const settings = {
    uiPort: port,
    uiHost: '127.0.0.1',
    flowFile: 'flows.json',
    credentialSecret: false,
    telemetry: { enabled: false, updateNotification: false },
  }
  await writeFile(path.join(userDir, 'settings.js'), `module.exports = ${JSON.stringify(settings)}\n`)
  await writeFile(path.join(userDir, 'flows.json'), '[]\n')
  const env = { ...process.env }
  delete env.NODE_RED_HOME
  const red = path.join(home, 'node_modules', 'node-red', 'red.js')
  const child = spawn(
    process.execPath,
    [red, '--userDir', userDir, '--settings', path.join(userDir, 'settings.js')],
    {
      cwd: userDir,
      env,
    },
  )
  let log = ''
  await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Node-RED does not start:\n${log}`)), 60_000)
    const look = (chunk) => {
      log += chunk
      if (!/Started flows/.test(log)) return
      clearTimeout(timer)
      resolve()
    }
    child.stdout.on('data', look)
    child.stderr.on('data', look)
  })
  return { child, version: /Node-RED version: (\S+)/.exec(log)?.[1] ?? '?' }
}

/** What is wrong with the nodes that Node-RED lists, in words. */
function complaints(sets) {
  return Object.keys(manifest['node-red'].nodes).flatMap((type) => {
    const set = sets.find(({ module, name }) => module === manifest.name && name === type)
    if (set === undefined) return [`${type} is not there`]
    if (set.err !== undefined) return [`${type}: ${JSON.stringify(set.err)}`]
    return set.enabled && set.types.includes(type)
      ? []
      : [`${type} is not registered: ${JSON.stringify(set)}`]
  })
}

let child
try {
  await writeFile(path.join(userDir, 'package.json'), '{"private": true}\n')
  install()
  const port = await freePort()
  const started = await startNodeRed(port)
  child = started.child
  const headers = { accept: 'application/json' }
  const sets = await (await fetch(`http://127.0.0.1:${port}/nodes`, { headers })).json()
  const wrong = complaints(sets)
  const count = Object.keys(manifest['node-red'].nodes).length
  console.log(
    `Node-RED ${started.version} on Node ${process.version}: ` +
      (wrong.length === 0
        ? `all ${count} nodes of the packed package are registered`
        : `\n  ${wrong.join('\n  ')}`),
  )
  if (wrong.length > 0) process.exitCode = 1
  else if (process.env.MOCHA_SUMMARY) {
    await appendFile(
      process.env.MOCHA_SUMMARY,
      `${JSON.stringify({ passes: 1, failures: 0, skipped: [] })}\n`,
    )
  }
} finally {
  if (child !== undefined && child.exitCode === null) {
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await gone
  }
  await rm(userDir, { recursive: true, force: true })
}
