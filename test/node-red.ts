import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'

/** The project's folder. */
export const packageRoot = path.resolve(__dirname, '..')

/** A folder that contains `node_modules/node-red`: env `NODE_RED_HOME`, else the development dependency. */
export const nodeRedHome = process.env['NODE_RED_HOME'] ?? packageRoot

/** The entry file of that Node-RED's module, for `helper.init` of node-red-node-test-helper. */
export const nodeRedModule = path.join(nodeRedHome, 'node_modules', 'node-red')

const PACKAGE = '@edge-anomaly/node-red-anomaly'
const PROBES = path.join(__dirname, 'node-red-probe')

/** A node of a flow as it stands in flows.json. */
export type FlowNode = Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string }
export type Message = Record<string, unknown>

export interface NodeRedOptions {
  /** Written to flows.json; leave out to start what the user directory holds. */
  readonly flows?: readonly FlowNode[]
  /** Credentials by node id, written in the clear. */
  readonly credentials?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** A user directory to use again; without one a new one is made and removed by `stop`. */
  readonly userDir?: string
  /** Laid over the quiet, offline settings; plain JSON. */
  readonly settings?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
  /** Arguments of Node itself, such as `--require x`. */
  readonly execArgv?: readonly string[]
  /** False where the user directory has the package installed already. */
  readonly link?: boolean
  /** How long "Started flows" may take, ms; a hung start is a failure, not a measurement. */
  readonly timeout?: number
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/**
 * Starts a REAL Node-RED process on a free port of 127.0.0.1, with this package linked into the user directory, and waits
 * for "Started flows". Besides the core nodes there are `test-in` (see `send`) and `test-out` (see `messages`, `next`).
 */
export async function startNodeRed(options: NodeRedOptions = {}): Promise<NodeRedProcess> {
  if (options.link !== false && !existsSync(path.join(packageRoot, 'dist', 'nodes'))) {
    throw new Error('dist/ is missing: run `npm run build` first')
  }
  const userDir = options.userDir ?? (await mkdtemp(path.join(os.tmpdir(), 'anomaly-node-red-')))
  const port = await freePort()
  await prepareUserDir(userDir, port, options)
  const env: NodeJS.ProcessEnv = { ...process.env, ...options.env }
  delete env['NODE_RED_HOME'] // to Node-RED itself this name means something else
  delete env['NODE_OPTIONS']
  const child = spawn(
    process.execPath,
    [
      ...(options.execArgv ?? []),
      path.join(nodeRedModule, 'red.js'),
      '--userDir',
      userDir,
      '--settings',
      path.join(userDir, 'settings.js'),
    ],
    { cwd: userDir, env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], serialization: 'advanced' },
  )
  const running = new NodeRedProcess(child, port, userDir, options.userDir === undefined)
  try {
    await running.waitForLog(/Started flows/, options.timeout ?? 60_000)
  } catch (error) {
    await running.kill()
    throw error
  }
  return running
}

async function prepareUserDir(userDir: string, port: number, options: NodeRedOptions): Promise<void> {
  await mkdir(userDir, { recursive: true })
  const settings = {
    uiPort: port,
    uiHost: '127.0.0.1',
    flowFile: 'flows.json',
    credentialSecret: false,
    nodesDir: PROBES,
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false, projects: { enabled: false } },
    externalModules: {
      autoInstall: false,
      palette: { allowInstall: false, allowUpload: false },
      modules: { allowInstall: false },
    },
    logging: { console: { level: 'info', metrics: false, audit: false } },
    ...options.settings,
  }
  await writeFile(
    path.join(userDir, 'settings.js'),
    `module.exports = ${JSON.stringify(settings, null, 2)}\n`,
  )
  if (options.flows !== undefined)
    await writeFile(path.join(userDir, 'flows.json'), JSON.stringify(options.flows))
  if (options.credentials !== undefined) {
    await writeFile(path.join(userDir, 'flows_cred.json'), JSON.stringify(options.credentials))
  }
  const link = path.join(userDir, 'node_modules', PACKAGE)
  if (options.link === false || existsSync(link)) return
  await mkdir(path.dirname(link), { recursive: true })
  await symlink(packageRoot, link, 'dir')
}

interface Arrival {
  readonly probe: string
  readonly msg: Message
}

/** A running Node-RED. */
export class NodeRedProcess {
  /** Such as `http://127.0.0.1:41234`; the editor and its admin API. */
  readonly base: string
  /** Resolves with the exit code (null after a signal) once the process is gone. */
  readonly exited: Promise<number | null>
  private text = ''
  private over = false
  private tickets = 0
  private readonly arrivals: Arrival[] = []
  private readonly injected = new Set<number>()
  private readonly watchers = new Set<() => void>()

  constructor(
    readonly child: ChildProcess,
    readonly port: number,
    readonly userDir: string,
    private readonly ownsUserDir: boolean,
  ) {
    this.base = `http://127.0.0.1:${port}`
    const add = (chunk: Buffer): void => {
      this.text += chunk.toString()
      this.wake()
    }
    child.stdout?.on('data', add)
    child.stderr?.on('data', add)
    child.on('message', (message) => this.take(message))
    this.exited = new Promise((resolve) => {
      child.once('exit', (code) => {
        this.over = true
        resolve(code)
        this.wake()
      })
    })
  }

  /** Everything printed so far. */
  get log(): string {
    return this.text
  }

  /** Messages that reached the `test-out` node of this id or name, oldest first. */
  messages(probe: string): readonly Message[] {
    return this.arrivals.filter((arrival) => arrival.probe === probe).map((arrival) => arrival.msg)
  }

  /** Forgets the messages that arrived so far. */
  clear(): void {
    this.arrivals.length = 0
  }

  /** The first message at `probe`, arrived or to come, that `wanted` accepts. */
  async next(
    probe: string,
    wanted: (msg: Message) => boolean = () => true,
    timeout = 20_000,
  ): Promise<Message> {
    return this.until(`a message at ${probe}`, () => this.messages(probe).find(wanted), timeout)
  }

  /** The first `count` messages at `probe`, once there are that many. */
  async firstMessages(probe: string, count: number, timeout = 20_000): Promise<readonly Message[]> {
    return this.until(
      `${count} messages at ${probe}`,
      () => (this.messages(probe).length >= count ? this.messages(probe).slice(0, count) : undefined),
      timeout,
    )
  }

  /** Lets the `test-in` node of this id or name send these messages; resolves when it has. */
  async send(source: string, ...msgs: readonly Message[]): Promise<void> {
    const ticket = ++this.tickets
    this.child.send({ inject: source, msgs, ticket })
    await this.until(
      `test-in ${source} to send`,
      () => (this.injected.has(ticket) ? true : undefined),
      10_000,
    )
  }

  /** Resolves with the match once the log has it. */
  async waitForLog(pattern: RegExp, timeout = 20_000): Promise<RegExpExecArray> {
    return this.until(`${String(pattern)} in the log`, () => pattern.exec(this.text) ?? undefined, timeout)
  }

  /** The answer of the admin API as text; throws on an error status. */
  async request(url: string, init: RequestInit = {}): Promise<string> {
    const response = await fetch(this.base + url, init)
    const body = await response.text()
    if (!response.ok) throw new Error(`${init.method ?? 'GET'} ${url}: ${response.status} ${body}`)
    return body
  }

  async getJson(url: string): Promise<unknown> {
    return JSON.parse(await this.request(url, { headers: { accept: 'application/json' } }))
  }

  /** Deploys flows as the editor does (a node's `credentials` go with it); resolves when they are started. */
  async deploy(
    flows: readonly FlowNode[],
    type: 'full' | 'nodes' | 'flows' | 'reload' = 'full',
  ): Promise<void> {
    const before = this.text.length
    await this.request('/flows', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'Node-RED-Deployment-Type': type },
      body: JSON.stringify(flows),
    })
    const started = /Started (modified )?(flows|nodes)/
    await this.until(
      'the flows to start',
      () => (started.test(this.text.slice(before)) ? true : undefined),
      20_000,
    )
  }

  /** The flows as the runtime has them. */
  async flows(): Promise<readonly FlowNode[]> {
    return JSON.parse(await readFile(path.join(this.userDir, 'flows.json'), 'utf8')) as FlowNode[]
  }

  /** Ends Node-RED as a service manager does; removes the user directory where `startNodeRed` made it. */
  async stop(): Promise<void> {
    if (!this.over) this.child.kill('SIGTERM')
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 20_000)
    await this.exited
    clearTimeout(timer)
    if (this.ownsUserDir) await rm(this.userDir, { recursive: true, force: true })
  }

  /** Ends it as a power cut does; the user directory stays. */
  async kill(): Promise<void> {
    if (!this.over) this.child.kill('SIGKILL')
    await this.exited
  }

  private take(message: unknown): void {
    if (message === null || typeof message !== 'object') return
    const { probe, name, msg, injected } = message as Record<string, unknown>
    if (typeof injected === 'number') this.injected.add(injected)
    if (typeof probe === 'string' && typeof msg === 'object' && msg !== null) {
      this.arrivals.push({ probe, msg: msg as Message })
      if (typeof name === 'string' && name !== '' && name !== probe)
        this.arrivals.push({ probe: name, msg: msg as Message })
    }
    this.wake()
  }

  private wake(): void {
    for (const watcher of [...this.watchers]) watcher()
  }

  private until<T>(what: string, look: () => T | undefined, timeout: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer)
        this.watchers.delete(check)
      }
      const fail = (why: string): void => {
        end()
        reject(new Error(`waiting for ${what}: ${why}; the log:\n${this.text}`))
      }
      const check = (): void => {
        const found = look()
        if (found !== undefined) {
          end()
          resolve(found)
        } else if (this.over) fail('Node-RED has ended')
      }
      const timer = setTimeout(() => fail(`${timeout} ms are over`), timeout)
      this.watchers.add(check)
      check()
    })
  }
}
