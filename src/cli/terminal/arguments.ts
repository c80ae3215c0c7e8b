import { parseArgs } from 'node:util'
import { ConfigError } from '../../core/errors'
import { readNumber, readWhole, type NumberLimits } from '../../core/read-settings'
import { COMMON, type Command } from './command'
import { UsageError } from './usage-error'

/** What was given to a command. Option names are without their dashes. */
export class Arguments {
  private constructor(
    private readonly values: Readonly<Record<string, string | boolean | undefined>>,
    readonly words: readonly string[],
  ) {}

  /** @throws UsageError where an option is unknown, lacks its value, or a word is too much */
  static parse(command: Command, argv: readonly string[]): Arguments {
    const options = Object.fromEntries(
      [...command.options, ...COMMON].map(({ name, value }) => [
        name,
        { type: value === undefined ? ('boolean' as const) : ('string' as const) },
      ]),
    )
    try {
      const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true })
      if (positionals.length > 0 && command.words === undefined)
        throw new UsageError('cli.unexpectedWord', { field: positionals[0]!, command: command.name })
      return new Arguments(values, positionals)
    } catch (error) {
      if (error instanceof UsageError || !(error instanceof TypeError)) throw error
      const [reason = ''] = error.message.split('. ')
      throw new UsageError('cli.badUsage', { field: command.name, reason }, { cause: error })
    }
  }

  /** Names of the options that were given. */
  get given(): readonly string[] {
    return Object.keys(this.values)
  }

  flag(name: string): boolean {
    return this.values[name] === true
  }

  text(name: string): string | undefined {
    const value = this.values[name]
    return typeof value === 'string' ? value : undefined
  }

  /** @throws UsageError where it is not given */
  required(name: string): string {
    const value = this.text(name)
    if (value === undefined || value === '') throw new UsageError('cli.missingOption', { field: `--${name}` })
    return value
  }

  /** Names parted by commas; empty ones are left out. */
  list(name: string): readonly string[] | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    return value
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== '')
  }

  number(name: string, limits: NumberLimits = {}): number | undefined {
    const value = this.text(name)
    return value === undefined ? undefined : readNumber(`--${name}`, value, limits)
  }

  whole(name: string, limits: NumberLimits = {}): number | undefined {
    const value = this.text(name)
    return value === undefined ? undefined : readWhole(`--${name}`, value, limits)
  }

  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const found = choices.find((choice) => choice === value)
    if (found === undefined)
      throw new ConfigError('settings.notOneOf', {
        field: `--${name}`,
        choices: choices.join(', '),
        got: `"${value}"`,
      })
    return found
  }
}
