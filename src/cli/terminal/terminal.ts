import { format, type MessageKey, type MessageParams } from '../../core/messages'
import { Progress } from './progress'

/** What a command says beside its result: results go to standard output, all else to standard error. */
export class Terminal {
  readonly progress = new Progress()

  constructor(
    /** True where results are to be JSON. */
    readonly json: boolean,
  ) {}

  /** A remark on standard error. */
  note(key: MessageKey, params: MessageParams = {}): void {
    this.progress.done()
    process.stderr.write(`${format(key, params)}\n`)
  }

  /** The result: JSON where that is asked for, else lines of text. */
  result(json: unknown, lines: () => readonly string[]): void {
    this.progress.done()
    const text = this.json ? JSON.stringify(json, undefined, 2) : lines().join('\n')
    process.stdout.write(`${text}\n`)
  }
}
