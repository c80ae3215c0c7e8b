import fs from 'node:fs'
import { DeviceError } from '../../core/errors'

/** Characters gathered before they are written. */
const GATHERED = 65_536

/** Where lines go: a file, or standard output. */
export class Output {
  private text = ''

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

  /** Appends; once enough is gathered it is written, and the promise (if any) resolves when there is room for more. */
  write(text: string): void | Promise<void> {
    this.text += text
    return this.text.length < GATHERED ? undefined : this.flush()
  }

  /** Writes what is gathered. */
  flush(): void | Promise<void> {
    const { text, file } = this
    if (text === '') return undefined
    this.text = ''
    if (file === undefined) return standard(text)
    try {
      // One call may take less than it was given (a nearly full disk).
      const bytes = Buffer.from(text)
      for (let at = 0; at < bytes.length;) at += fs.writeSync(file, bytes, at)
    } catch (error) {
      throw notWritten(this.name, error)
    }
    return undefined
  }

  async close(): Promise<void> {
    await this.flush()
    if (this.file !== undefined) fs.closeSync(this.file)
  }
}

function standard(text: string): Promise<void> | undefined {
  if (process.stdout.write(text)) return undefined
  return new Promise((resolve) => process.stdout.once('drain', resolve))
}

function notWritten(name: string, error: unknown): DeviceError {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC') return new DeviceError('files.diskFull', { field: name }, { cause: error })
  return new DeviceError('cli.notWritten', { field: name, reason: message }, { cause: error })
}
