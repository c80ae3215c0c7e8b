import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import mqtt from 'mqtt'
import { type FlowNode, freePort, packageRoot } from '../node-red'

/** `npm start` as a user sees it: what it prints and what listens. */
class Demo {
  private text = ''
  private wake: () => void = () => {}
  private readonly child: ChildProcess

  constructor(...options: readonly string[]) {
    this.child = spawn(process.execPath, [path.join(packageRoot, 'scripts', 'start.mjs'), ...options], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.text += chunk.toString()
        this.wake()
      })
    }
    this.child.once('exit', () => this.wake())
  }

  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.text)
      if (found !== null) return found
      if (this.child.exitCode !== null)
        throw new Error(`it ended before it said ${String(pattern)}:\n${this.text}`)
      await new Promise<void>((resolve) => (this.wake = resolve))
    }
  }

  /** How it ended by itself, and all it said. */
  async ended(): Promise<{ readonly code: number | null; readonly text: string }> {
    if (this.child.exitCode === null) await once(this.child, 'exit')
    return { code: this.child.exitCode, text: this.text.trim() }
  }

  /** Ctrl-C; gives the exit code. */
  async interrupt(): Promise<number | null> {
    if (this.child.exitCode !== null) return this.child.exitCode
    this.child.kill('SIGINT')
    const [code] = (await once(this.child, 'exit')) as [number | null]
    return code
  }
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
  })
  socket.destroy()
  return isOpen
}

describe('npm start', function () {
  this.timeout(120_000)
  let dir: string
  let taken: readonly Server[] = []
  let demo: Demo | undefined

  before(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'anomaly-demo-'))
  })

  afterEach(async () => {
    await demo?.interrupt()
    for (const server of taken) server.close()
    taken = []
  })

  after(() => rm(dir, { recursive: true, force: true }))

  it('runs editor, broker and fan on other ports where the usual ones are taken, and says so', async () => {
    const [port, mqttPort] = [await freePort(), await freePort()]
    taken = [createServer().listen(port, '127.0.0.1'), createServer().listen(mqttPort, '127.0.0.1')]
    demo = new Demo('--dir', dir, '--port', String(port), '--mqtt-port', String(mqttPort))
    await demo.says(new RegExp(`Port ${port} is in use: the Node-RED editor takes port (\\d+) instead`))
    const [, broker] = await demo.says(
      new RegExp(`Port ${mqttPort} is in use: the MQTT broker takes port (\\d+) instead`),
    )
    const [, address] = await demo.says(/The editor: +(http:\S+)/)
    assert.notEqual(address, `http://127.0.0.1:${port}/`)
    assert.match(await (await fetch(address!)).text(), /Node-RED/)

    const flows = JSON.parse(await readFile(path.join(dir, 'flows.json'), 'utf8')) as readonly FlowNode[]
    assert.equal(flows.find(({ type }) => type === 'mqtt-broker')?.['port'], broker)
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker}`)
    const arrived = new Promise<string>((resolve) =>
      client.on('message', (_, payload) => resolve(payload.toString())),
    )
    await client.subscribeAsync('rig/fan/imu')
    assert.equal((JSON.parse(await arrived) as { ax: number[] }).ax.length, 20)
    client.end(true)

    assert.equal(await demo.interrupt(), 0)
    assert.equal(await listens(Number(broker)), false)
    assert.equal(await listens(Number(new URL(address!).port)), false)
  })

  it('takes up again what it had, and forgets it with --fresh', async () => {
    const options = [
      '--dir',
      dir,
      '--port',
      String(await freePort()),
      '--mqtt-port',
      String(await freePort()),
    ]
    const file = path.join(dir, 'flows.json')
    const flows = JSON.parse(await readFile(file, 'utf8')) as readonly FlowNode[]
    const mine = { id: 'my-broker', type: 'mqtt-broker', broker: 'localhost', port: '1234' }
    await writeFile(file, JSON.stringify([...flows, { id: 'mine', type: 'tab', label: 'mine' }, mine]))
    const hasMine = async (): Promise<boolean> => (await readFile(file, 'utf8')).includes('"mine"')

    demo = new Demo(...options)
    await demo.says(/The editor:/)
    assert.equal(await hasMine(), true)
    const kept = JSON.parse(await readFile(file, 'utf8')) as readonly FlowNode[]
    assert.deepEqual(
      kept.find(({ id }) => id === 'my-broker'),
      mine,
    )
    await demo.interrupt()

    demo = new Demo(...options, '--fresh')
    await demo.says(/The editor:/)
    assert.equal(await hasMine(), false)
  })

  it('refuses a second demo in the same folder, says where the first runs, and leaves its files alone', async () => {
    const ports = async (): Promise<readonly string[]> => [
      ...['--port', String(await freePort())],
      ...['--mqtt-port', String(await freePort())],
    ]
    demo = new Demo('--dir', dir, ...(await ports()))
    const [, address] = await demo.says(/The editor: +(http:\S+)/)
    const before = await readFile(path.join(dir, 'settings.js'), 'utf8')
    const second = await new Demo('--dir', dir, '--fresh', ...(await ports())).ended()
    assert.deepEqual(second, {
      code: 2,
      text: `The demo in ${dir} already runs at ${address}. Stop it first, or give this one another folder: npm start -- --dir .demo-2`,
    })
    assert.equal(await readFile(path.join(dir, 'settings.js'), 'utf8'), before)
    assert.match(await (await fetch(address!)).text(), /Node-RED/)
  })

  it('says in a sentence what is wrong with an option, or with the flow file', async () => {
    assert.deepEqual(await new Demo('--dir', dir, '--port', 'abc').ended(), {
      code: 2,
      text: '--port must be a port from 1 to 65535, not "abc".',
    })
    assert.match(
      (await new Demo('--dir', dir, '--prot', '1').ended()).text,
      /^Unknown option '--prot'[^\n]*$/,
    )
    const file = path.join(dir, 'flows.json')
    await writeFile(file, '[{')
    const options = ['--port', String(await freePort()), '--mqtt-port', String(await freePort())]
    const { code, text } = await new Demo('--dir', dir, ...options).ended()
    assert.equal(code, 2)
    assert.equal(
      text.split('\n').at(-1),
      `${file} is no flow file that can be read. Repair it, or forget it and all that was learned: npm start -- --fresh`,
    )
    assert.doesNotMatch(text, /\n +at /)
  })
})
