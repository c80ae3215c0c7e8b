import fs from 'node:fs'
import { DeviceError } from '../../core/errors'

/** Where bytes go: a file, or standard output. */
export class Output {
  private constructor(
    private readonly name: string,
    private readonly file?: number,
  ) {}

  /** @param name of a file; `-` is standard output. @throws DeviceError where the file cannot be written */
  static open(name: string): Output {
    if (name === '-') return new Output(name)
    try {
      return new Output(name, fs.openSync(name, 'w'))
    } catch (error) {
      throw notWritten(name, error)
    }
  }

  get isStandard(): boolean {
    return this.file === undefined
  }

  /** Writes bytes, which may be used anew afterwards; the promise, if any, resolves when there is room for more. */
  write(bytes: Uint8Array): void | Promise<void> {
    const { file } = this
    if (bytes.length === 0) return undefined
    if (file === undefined) return standard(bytes)
    try {
      // One call may take less than it was given (a nearly full disk).
      for (let at = 0; at < bytes.length;) at += fs.writeSync(file, bytes, at)
    } catch (error) {
      throw notWritten(this.name, error)
    }
    return undefined
  }

  close(): void {
    if (this.file !== undefined) fs.closeSync(this.file)
  }
}

function standard(bytes: Uint8Array): Promise<void> | undefined {
  if (process.stdout.write(Uint8Array.from(bytes))) return undefined
  return new Promise((resolve) => process.stdout.once('drain', resolve))
}

function notWritten(name: string, error: unknown): DeviceError {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC') return new DeviceError('files.diskFull', { field: name }, { cause: error })
  return new DeviceError('cli.notWritten', { field: name, reason: message }, { cause: error })
}
