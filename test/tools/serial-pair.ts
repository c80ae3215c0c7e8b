import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A pair of pseudo-terminals joined by socat: `device` is written to by the test, `port` is opened by the node. */
export class SerialPair {
  private child?: ChildProcess
  private writer?: FileHandle
  private readonly folder = mkdtempSync(path.join(os.tmpdir(), 'anomaly-serial-'))
  readonly port = path.join(this.folder, 'port')
  private readonly device = path.join(this.folder, 'device')

  /** Plugs the cable in. */
  async plug(): Promise<void> {
    this.child = spawn('socat', [`pty,raw,echo=0,link=${this.device}`, `pty,raw,echo=0,link=${this.port}`], {
      stdio: 'ignore',
    })
    while (!existsSync(this.device) || !existsSync(this.port)) await sleep(5)
    this.writer = await open(this.device, 'r+')
  }

  async write(data: string | Uint8Array): Promise<void> {
    await this.writer?.write(typeof data === 'string' ? Buffer.from(data) : data)
  }

  /** Pulls it out: both ends are gone. */
  async unplug(): Promise<void> {
    const { child } = this
    this.child = undefined
    await this.writer?.close()
    this.writer = undefined
    if (child === undefined) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    rmSync(this.device, { force: true })
    rmSync(this.port, { force: true })
  }

  async stop(): Promise<void> {
    await this.unplug()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
