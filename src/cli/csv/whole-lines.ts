import { InputError } from '../../core/errors'

const LF = 10
/** No line is longer than this, bytes: a file without line feeds must not fill the memory. */
export const MAX_LINE = 16_777_216

/** Puts the chunks of a file together so that lines are whole. Each byte is copied once at most. */
export class WholeLines {
  private readonly waiting: Buffer[] = []
  private length = 0

  /** @param file for messages */
  constructor(private readonly file: string) {}

  /** The lines that are complete with these bytes, line feeds and all; empty where none is. @throws InputError where one is too long */
  push(chunk: Buffer): Buffer {
    const end = chunk.lastIndexOf(LF) + 1
    const lines = end === 0 ? Buffer.alloc(0) : this.take(chunk.subarray(0, end))
    if (end < chunk.length) this.waiting.push(chunk.subarray(end))
    this.length += chunk.length - end
    if (this.length > MAX_LINE)
      throw new InputError('cli.longLine', { field: this.file, max: MAX_LINE / 1024 ** 2 })
    return lines
  }

  /** What follows the last line feed, as a line of its own; empty where nothing does. */
  end(): Buffer {
    return this.length === 0 ? Buffer.alloc(0) : this.take(Buffer.from([LF]))
  }

  private take(last: Buffer): Buffer {
    this.length = 0
    return this.waiting.length === 0 ? last : Buffer.concat([...this.waiting.splice(0), last])
  }
}
