import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { packageRoot } from '../node-red'

/** The simulated fan of `npm start`, as a device of its own at a broker. */
export class FanRigProcess {
  private constructor(private readonly child: ChildProcess) {}

  /** Leaves no sample out, however long the machine that runs the tests was busy. */
  static start(url: string, env: Readonly<Record<string, string>> = {}): FanRigProcess {
    const script = path.join(packageRoot, 'scripts', 'rig.mjs')
    const child = spawn(process.execPath, [script, '--url', url, '--behind', '60000'], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    return new FanRigProcess(child)
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return
    const ended = once(this.child, 'exit')
    this.child.kill('SIGTERM')
    await ended
  }
}
