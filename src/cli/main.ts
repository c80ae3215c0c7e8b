#!/usr/bin/env node
import { UserError } from '../core/errors'
import { format } from '../core/messages'
import { COMMANDS } from './commands/registry'
import { Arguments } from './terminal/arguments'
import { helpOf, overview } from './terminal/help'
import { notWritten } from './terminal/output'
import { Terminal } from './terminal/terminal'
import { UsageError } from './terminal/usage-error'

/** Exit codes: all went well; the input or a setting is wrong; the command line is wrong. */
const OK = 0
const WRONG = 1
const USAGE = 2

async function main(argv: readonly string[]): Promise<number> {
  const [word, ...rest] = argv
  if (word === undefined || word === '--help' || word === '-h' || word === 'help') {
    process.stdout.write(`${overview(COMMANDS)}\n`)
    return word === undefined ? USAGE : OK
  }
  const isJson = argv.includes('--json')
  try {
    const command = COMMANDS.find(({ name }) => name === word)
    if (command === undefined) {
      const commands = COMMANDS.map(({ name }) => name).join(', ')
      throw new UsageError('cli.unknownCommand', { field: word, commands })
    }
    if (rest.includes('--help') || rest.includes('-h')) {
      process.stdout.write(`${helpOf(command)}\n`)
      return OK
    }
    const terminal = new Terminal(isJson)
    try {
      await command.run(Arguments.parse(command, rest), terminal)
    } finally {
      terminal.progress.done()
    }
    return OK
  } catch (error) {
    return report(error, isJson)
  }
}

function report(error: unknown, isJson: boolean): number {
  const isKnown = error instanceof UserError
  const message = error instanceof Error ? error.message : String(error)
  if (isJson) {
    const details = isKnown ? { key: error.key, field: error.params.field } : {}
    process.stderr.write(`${JSON.stringify({ error: { message, ...details } })}\n`)
  } else {
    process.stderr.write(`edge-anomaly: ${message}\n`)
    if (error instanceof UsageError) process.stderr.write(`${format('cli.seeHelp')}\n`)
    if (!isKnown && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`)
  }
  return error instanceof UsageError ? USAGE : WRONG
}

if (require.main === module) {
  // Whoever reads the output may have enough of it (`| head`): that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? OK : report(notWritten('stdout', error), process.argv.includes('--json'))),
  )
  main(process.argv.slice(2)).then(
    (code) => {
      process.exitCode = code
    },
    (error: unknown) => {
      process.exitCode = report(error, false)
    },
  )
}
