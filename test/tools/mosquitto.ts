import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface MosquittoOptions {
  /** Only this user may come in. */
  readonly user?: { readonly name: string; readonly password: string }
  /** Speaks TLS only, with these files. */
  readonly tls?: { readonly ca: string; readonly certificate: string; readonly key: string }
}

/** A real mosquitto on a port of its own, with persistence, that can be stopped and started again. */
export class Mosquitto {
  private child?: ChildProcess
  private readonly folder = mkdtempSync(path.join(os.tmpdir(), 'anomaly-mosquitto-'))

  private constructor(
    readonly port: number,
    { user, tls }: MosquittoOptions,
  ) {
    if (user !== undefined) this.setPassword(user.name, user.password)
    writeFileSync(
      path.join(this.folder, 'mosquitto.conf'),
      [
        `listener ${port} 127.0.0.1`,
        ...(tls === undefined
          ? []
          : [`cafile ${tls.ca}`, `certfile ${tls.certificate}`, `keyfile ${tls.key}`]),
        ...(user === undefined
          ? ['allow_anonymous true']
          : ['allow_anonymous false', `password_file ${this.passwords}`]),
        'persistence true',
        `persistence_location ${this.folder}/`,
        'autosave_interval 1',
        'max_queued_messages 0',
        'log_type none',
        'user root',
        '',
      ].join('\n'),
    )
  }

  static async start(port: number, options: MosquittoOptions = {}): Promise<Mosquitto> {
    const broker = new Mosquitto(port, options)
    await broker.up()
    return broker
  }

  private get passwords(): string {
    return path.join(this.folder, 'passwords')
  }

  /** Gives the user another password; one that runs takes it up at once. */
  setPassword(name: string, password: string): void {
    execFileSync('mosquitto_passwd', ['-b', '-c', this.passwords, name, password], { stdio: 'ignore' })
    this.child?.kill('SIGHUP')
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`
  }

  async up(): Promise<void> {
    this.child = spawn('mosquitto', ['-c', path.join(this.folder, 'mosquitto.conf')], {
      stdio: 'ignore',
      env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` },
    })
    for (let tries = 0; tries < 200; tries++) {
      if (await answers(this.port)) return
      await sleep(25)
    }
    throw new Error('mosquitto does not answer')
  }

  /** Stops it as a service manager would: it writes down what it holds. */
  async down(): Promise<void> {
    const { child } = this
    this.child = undefined
    if (child === undefined) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }

  async stop(): Promise<void> {
    await this.down()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
