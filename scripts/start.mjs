/**
 * The demo: `npm start`. Installs, builds, then runs an MQTT broker, the simulated ceiling fan (a process of its own) and
 * Node-RED with the fan's flow. What it learns is kept in .demo/ and taken up again at the next start.
 *
 *   npm start -- [--fresh] [--port 1880] [--mqtt-port 1883] [--host 127.0.0.1] [--dir .demo] [--open]
 *
 * --fresh forgets everything learned and every change of the flow; --open opens the editor in the browser. --host 0.0.0.0 lets
 * other computers in; there is no password.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { build } from './build.mjs'
import { ensureInstalled } from './install.mjs'
import { root } from './paths.mjs'

const { values: options } = parseArgs({
  options: {
    fresh: { type: 'boolean', default: false },
    port: { type: 'string', default: '1880' },
    'mqtt-port': { type: 'string', default: '1883' },
    host: { type: 'string', default: '127.0.0.1' },
    dir: { type: 'string', default: '.demo' },
    open: { type: 'boolean', default: false },
  },
})

const DEMO = path.resolve(root, options.dir)
const FLOWS = path.join(DEMO, 'flows.json')
const EXAMPLE = path.join(root, 'examples', 'Ceiling-fan rig', '1 - Demo over MQTT.json')
const PACKAGE = '@edge-anomaly/node-red-anomaly'

/** Listens on the first free port from `first` on; says so where that is not the first. */
async function listen(server, first, what) {
  for (let port = first; port < first + 100; port++) {
    const error = await new Promise((resolve) => {
      server.once('error', resolve)
      server.listen(port, options.host, () => {
        server.off('error', resolve)
        resolve(undefined)
      })
    })
    if (error === undefined) {
      if (port !== first) console.log(`Port ${first} is in use: ${what} takes port ${port} instead.`)
      return port
    }
    if (error.code !== 'EADDRINUSE') throw error
  }
  throw new Error(`no free port for ${what} from ${first} to ${first + 99}`)
}

async function startBroker() {
  const { Aedes } = await import('aedes')
  const broker = await Aedes.createBroker()
  const server = createServer(broker.handle)
  return { port: await listen(server, Number(options['mqtt-port']), 'the MQTT broker'), broker, server }
}

async function freePort() {
  const server = createServer()
  const port = await listen(server, Number(options.port), 'the Node-RED editor')
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function prepareUserDir(port, mqttPort) {
  if (options.fresh) await rm(DEMO, { recursive: true, force: true })
  const link = path.join(DEMO, 'node_modules', PACKAGE)
  await mkdir(path.dirname(link), { recursive: true })
  if (!existsSync(link)) {
    await rm(link, { force: true })
    await symlink(root, link, 'junction')
  }
  const settings = {
    uiPort: port,
    uiHost: options.host,
    flowFile: 'flows.json',
    flowFilePretty: true,
    credentialSecret: false,
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false, projects: { enabled: false } },
    logging: { console: { level: 'info', metrics: false, audit: false } },
  }
  await writeFile(path.join(DEMO, 'settings.js'), `module.exports = ${JSON.stringify(settings, null, 2)}\n`)
  const flows = JSON.parse(await readFile(existsSync(FLOWS) ? FLOWS : EXAMPLE, 'utf8'))
  for (const node of flows) {
    if (node.type !== 'mqtt-broker' || !['localhost', '127.0.0.1'].includes(node.broker)) continue
    node.broker = '127.0.0.1'
    node.port = String(mqttPort)
  }
  await writeFile(FLOWS, `${JSON.stringify(flows, null, 2)}\n`)
}

function startRig(mqttPort) {
  const url = `mqtt://127.0.0.1:${mqttPort}`
  return spawn(process.execPath, [path.join(root, 'scripts', 'rig.mjs'), '--url', url], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}

/** Starts Node-RED with its log shown; `started` is called once its flows run. */
function startNodeRed(started) {
  const env = { ...process.env }
  delete env.NODE_RED_HOME
  const red = path.join(root, 'node_modules', 'node-red', 'red.js')
  const child = spawn(
    process.execPath,
    [red, '--userDir', DEMO, '--settings', path.join(DEMO, 'settings.js')],
    {
      cwd: DEMO,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let text = ''
  child.stdout.on('data', (chunk) => {
    process.stdout.write(chunk)
    if (text === undefined) return
    text += chunk
    if (!text.includes('Started flows')) return
    text = undefined
    started()
  })
  return child
}

function openBrowser(address) {
  const [command, ...args] = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] }[process.platform] ?? [
    'xdg-open',
  ]
  spawn(command, [...args, address], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref()
}

ensureInstalled()
await build()
const { port: mqttPort, broker, server } = await startBroker()
const port = await freePort()
await prepareUserDir(port, mqttPort)
const address = `http://${options.host === '0.0.0.0' ? '127.0.0.1' : options.host}:${port}/`

const rig = startRig(mqttPort)
const nodeRed = startNodeRed(() => {
  console.log(`
  ────────────────────────────────────────────────────────────────
   The editor:  ${address}
   The fan:     MQTT on port ${mqttPort}, topics rig/fan/imu, …/control, …/state
   It learns for half a minute, calibrates for two; then press “Tape a coin”.
   Stop with Ctrl-C. What it has learned is kept; start anew with: npm start -- --fresh
  ────────────────────────────────────────────────────────────────
`)
  if (options.open) openBrowser(address)
})

let stopping = false
/** Ends what is still running, in the order in which it depends on one another. */
async function stop(code) {
  if (stopping) return
  stopping = true
  for (const child of [nodeRed, rig]) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await gone
  }
  await new Promise((resolve) => broker.close(resolve))
  server.close()
  process.exit(code)
}
process.on('SIGINT', () => void stop(0))
process.on('SIGTERM', () => void stop(0))
nodeRed.once('exit', (code) => {
  if (!stopping) console.error('Node-RED has ended; the lines above say why.')
  void stop(code ?? 1)
})
rig.once('exit', (code) => {
  if (!stopping) console.error('The simulated fan has ended; the lines above say why.')
  void stop(code ?? 1)
})
