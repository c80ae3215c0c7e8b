import fs from 'node:fs'
import { ConfigError, DeviceError } from '../../core/errors'
import { isSameFile } from './same-file'

export interface OutputOptions {
  /** Files that are read meanwhile: the output must be none of them. */
  readonly inputs?: readonly string[]
  /** True for a stream that is followed while it grows and ended by a signal: it is written in place. */
  readonly isLive?: boolean
}

/**
 * Where bytes go: a file, or standard output. A file gets its name once it is whole; until then what lay there stays, whatever
 * happens. Devices and pipes are written in place.
 */
export class Output {
  private isOpen = true

  private constructor(
    private readonly name: string,
    private readonly file?: number,
    /** Where the bytes lie until the file is whole, and what it will be called; not there where it is written in place. */
    private readonly part?: { readonly file: string; readonly target: string },
    /** True where what lay there goes with the first bytes. */
    private isOld = false,
  ) {}

  /** @param name of a file; `-` is standard output. @throws DeviceError where it cannot be written; ConfigError where it is an input */
  static open(name: string, { inputs = [], isLive = false }: OutputOptions = {}): Output {
    if (name === '-') return new Output(name)
    if (inputs.some((input) => isSameFile(name, input)))
      throw new ConfigError('cli.outIsInput', { field: '--out', file: name })
    try {
      const before = fs.statSync(name, { throwIfNoEntry: false })
      if (before?.isFile() === false) return new Output(name, fs.openSync(name, 'w'))
      if (isLive) return new Output(name, fs.openSync(name, 'a'), undefined, true)
      if (before !== undefined) fs.accessSync(name, fs.constants.W_OK)
      const target = before === undefined ? name : fs.realpathSync(name)
      const part = `${target}.part`
      return new Output(name, fs.openSync(part, 'w', before?.mode), { file: part, target })
    } catch (error) {
      throw notWritten(name, error)
    }
  }

  /** Opens an output, hands it to `use`, and gives the file its name where that goes well. */
  static async using(
    name: string,
    options: OutputOptions,
    use: (output: Output) => Promise<void>,
  ): Promise<void> {
    const output = Output.open(name, options)
    try {
      await use(output)
      output.keep()
    } catch (error) {
      output.drop()
      throw error
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
      if (this.isOld) fs.ftruncateSync(file)
      this.isOld = false
      // One call may take less than it was given (a nearly full disk).
      for (let at = 0; at < bytes.length;) at += fs.writeSync(file, bytes, at)
    } catch (error) {
      throw notWritten(this.name, error)
    }
    return undefined
  }

  private keep(): void {
    try {
      if (this.part !== undefined) fs.fsyncSync(this.file!)
      this.close()
      if (this.part !== undefined) fs.renameSync(this.part.file, this.part.target)
    } catch (error) {
      throw notWritten(this.name, error)
    }
  }

  private drop(): void {
    this.close()
    if (this.part !== undefined) fs.rmSync(this.part.file, { force: true })
  }

  private close(): void {
    if (this.file !== undefined && this.isOpen) fs.closeSync(this.file)
    this.isOpen = false
  }
}

function standard(bytes: Uint8Array): Promise<void> | undefined {
  if (process.stdout.write(Uint8Array.from(bytes))) return undefined
  return new Promise((resolve) => process.stdout.once('drain', resolve))
}

/** What a failed write is to be told as. */
export function notWritten(name: string, error: unknown): DeviceError {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new DeviceError('cli.diskFull', { field: name }, { cause: error })
  return new DeviceError('cli.notWritten', { field: name, reason: message }, { cause: error })
}
