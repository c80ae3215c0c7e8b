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
import { claim, listening } from './claim.mjs'
import { ensureInstalled } from './install.mjs'
import { root } from './paths.mjs'

function readOptions() {
  try {
    return parseArgs({
      options: {
        fresh: { type: 'boolean', default: false },
        port: { type: 'string', default: '1880' },
        'mqtt-port': { type: 'string', default: '1883' },
        host: { type: 'string', default: '127.0.0.1' },
        dir: { type: 'string', default: '.demo' },
        open: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    refuse(error.message)
  }
}

/** Ends, with a sentence that says why. */
function refuse(why) {
  console.error(why)
  process.exit(2)
}

const options = readOptions()
const ports = { editor: readPort('port'), mqtt: readPort('mqtt-port') }
/** Where this computer reaches what listens on --host. */
const REACHED = options.host === '0.0.0.0' ? '127.0.0.1' : options.host
const DEMO = path.resolve(root, options.dir)
const FLOWS = path.join(DEMO, 'flows.json')
const EXAMPLE = path.join(root, 'examples', 'Ceiling-fan rig', '1 - Demo over MQTT.json')
const PACKAGE = '@edge-anomaly/node-red-anomaly'

function readPort(name) {
  const port = Number(options[name])
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    refuse(`--${name} must be a port from 1 to 65535, not "${options[name]}".`)
  return port
}

/** Listens on the first free port from `first` on; says so where that is not the first. */
async function listen(server, first, what) {
  const last = Math.min(first + 99, 65535)
  for (let port = first; port <= last; port++) {
    const error = await listening(server, port, options.host)
    if (error === undefined) {
      if (port !== first) console.log(`Port ${first} is in use: ${what} takes port ${port} instead.`)
      return port
    }
    if (error.code !== 'EADDRINUSE')
      refuse(`${what} cannot listen on ${options.host}, port ${port} (${error.code}).`)
  }
  refuse(`There is no free port for ${what} from ${first} to ${last}.`)
}

async function startBroker() {
  const { Aedes } = await import('aedes')
  const broker = await Aedes.createBroker()
  const server = createServer(broker.handle)
  return { port: await listen(server, ports.mqtt, 'the MQTT broker'), broker, server }
}

async function freePort() {
  const server = createServer()
  const port = await listen(server, ports.editor, 'the Node-RED editor')
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function readFlows(file) {
  const text = await readFile(file, 'utf8')
  try {
    const flows = JSON.parse(text)
    if (Array.isArray(flows)) return flows
  } catch {
    // Said below.
  }
  refuse(
    `${file} is no flow file that can be read. Repair it, or forget it and all that was learned: npm start -- --fresh`,
  )
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
  const flows = await readFlows(existsSync(FLOWS) ? FLOWS : EXAMPLE)
  // The demo's own broker and no other: that of the user's flows stays as it is.
  const own = (await readFlows(EXAMPLE)).find((node) => node.type === 'mqtt-broker').id
  for (const node of flows) {
    if (node.id !== own || node.type !== 'mqtt-broker') continue
    node.broker = REACHED
    node.port = String(mqttPort)
  }
  await writeFile(FLOWS, `${JSON.stringify(flows, null, 2)}\n`)
}

function startRig(mqttPort) {
  const url = `mqtt://${REACHED}:${mqttPort}`
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

let address = ''
const owner = await claim(DEMO, () => address)
if (owner !== undefined) {
  const where = owner === '' ? 'is being started already' : `already runs at ${owner}`
  refuse(
    `The demo in ${DEMO} ${where}. Stop it first, or give this one another folder: npm start -- --dir .demo-2`,
  )
}
ensureInstalled()
await build()
const { port: mqttPort, broker, server } = await startBroker()
const port = await freePort()
await prepareUserDir(port, mqttPort)
address = `http://${REACHED}:${port}/`

const otherPort =
  mqttPort === 1883 ? '' : '\n                Other examples of the fan: set this port in their broker “rig”'
const rig = startRig(mqttPort)
const nodeRed = startNodeRed(() => {
  console.log(`
  ────────────────────────────────────────────────────────────────
   The editor:  ${address}
   The fan:     MQTT on port ${mqttPort}, topics rig/fan/imu, …/control, …/state${otherPort}
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
