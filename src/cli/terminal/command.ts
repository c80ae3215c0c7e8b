import type { MessageKey } from '../../core/messages'
import type { Arguments } from './arguments'
import type { Terminal } from './terminal'

/** An option as the help shows it. */
export interface OptionSpec {
  readonly name: string
  /** What its value is called in the help, e.g. `FILE`; a flag has none. */
  readonly value?: string
  readonly help: MessageKey
}

/** One word behind `edge-anomaly`. */
export interface Command {
  readonly name: string
  readonly summary: MessageKey
  /** What stands behind the name, in the synopsis. */
  readonly synopsis: readonly string[]
  readonly options: readonly OptionSpec[]
  /** What words without an option are called; none may stand where it is not given. */
  readonly words?: string
  run(args: Arguments, terminal: Terminal): Promise<void>
}

/** Options that every command has. */
export const COMMON: readonly OptionSpec[] = [
  { name: 'json', help: 'cli.optJson' },
  { name: 'help', help: 'cli.optHelp' },
]
