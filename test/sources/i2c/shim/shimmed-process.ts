import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'

/** One JSON line of `run-transport.ts`. */
export interface Told {
  readonly kind: 'batch' | 'outage' | 'recovered' | 'event' | 'closed'
  /** Uptime of the process, ms. */
  readonly at: number
  readonly arrival: number
  readonly channels: readonly string[]
  readonly data: readonly number[]
  readonly sequence: readonly number[]
  readonly times: readonly number[]
  readonly key: string
  readonly message: string
  readonly params: Readonly<Record<string, number | string>>
}

/** A process that reads the simulated sensor of the shim, and the file that steers the sensor. */
export class ShimmedProcess {
  readonly told: Told[] = []
  private readonly control: string
  private readonly child: ChildProcess
  private readonly ended: Promise<void>
  private stderr = ''

  constructor(
    library: string,
    script: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    state = 'present',
  ) {
    this.control = path.join(mkdtempSync(path.join(os.tmpdir(), 'i2ccontrol-')), 'state')
    this.set(state)
    const env = { ...process.env, ...environment, LD_PRELOAD: library, I2CSHIM_CONTROL: this.control }
    this.child = spawn(process.execPath, ['--require', 'tsx/cjs', path.join(__dirname, script), ...args], {
      env,
    })
    this.child.stderr!.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()))
    const lines = createInterface({ input: this.child.stdout! })
    lines.on('line', (line) => this.told.push(JSON.parse(line) as Told))
    this.ended = new Promise<void>((resolve) => lines.on('close', resolve)).then(() =>
      rmSync(path.dirname(this.control), { recursive: true, force: true }),
    )
  }

  /** Changes the state of the sensor: `present`, `absent`, `nack`, `who=0x71`. */
  set(state: string): void {
    writeFileSync(`${this.control}.new`, state)
    renameSync(`${this.control}.new`, this.control)
  }

  of(kind: Told['kind']): readonly Told[] {
    return this.told.filter((one) => one.kind === kind)
  }

  rows(): number {
    return this.of('batch').reduce((sum, { data, channels }) => sum + data.length / channels.length, 0)
  }

  /** Waits until a condition holds; the test's own time-out ends the wait. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.child.exitCode !== null) throw new Error(`the process ended early: ${this.stderr}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM')
    await this.ended
  }

  /** Everything printed, after the process has ended by itself. */
  async output(): Promise<readonly unknown[]> {
    await this.ended
    if (this.told.length === 0) throw new Error(this.stderr)
    return this.told
  }
}
