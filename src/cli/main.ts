#!/usr/bin/env node
import fs from 'node:fs'
import path from 'node:path'
import { UserError } from '../core/errors'
import { format } from '../core/messages'
import { COMMANDS } from './commands/registry'
import { Arguments } from './terminal/arguments'
import type { Command } from './terminal/command'
import { helpOf, overview } from './terminal/help'
import { notWritten } from './terminal/output'
import { Terminal } from './terminal/terminal'
import { told } from './terminal/terms'
import { UsageError } from './terminal/usage-error'

/** Exit codes: all went well; the input or a setting is wrong; the command line is wrong. */
const OK = 0
const WRONG = 1
const USAGE = 2

async function main(argv: readonly string[]): Promise<number> {
  const [first, ...others] = argv
  if (first === '--version') {
    process.stdout.write(`${version()}\n`)
    return OK
  }
  const isHelp = first === '--help' || first === '-h' || first === 'help'
  if (first === undefined || (isHelp && others.length === 0)) {
    process.stdout.write(`${overview(COMMANDS)}\n`)
    return isHelp ? OK : USAGE
  }
  // `help fit` is `fit --help`.
  const [word, ...rest] = isHelp ? [others[0]!, '--help'] : [first, ...others]
  const isJson = argv.includes('--json')
  const command = COMMANDS.find(({ name }) => name === word)
  try {
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
    return report(error, isJson, command)
  }
}

/** Version of the package: this file lies three folders below it, built or not. */
function version(): string {
  for (let folder = __dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json')
    if (fs.existsSync(file)) return (JSON.parse(fs.readFileSync(file, 'utf8')) as { version: string }).version
  }
  return ''
}

function report(error: unknown, isJson: boolean, command?: Command): number {
  const isKnown = error instanceof UserError
  const { message, params } = isKnown
    ? told(error, command)
    : { message: error instanceof Error ? error.message : String(error), params: {} }
  if (isJson) {
    const details = isKnown ? { key: error.key, field: params.field } : {}
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
    process.exit(
      error.code === 'EPIPE' ? OK : report(notWritten('stdout', error), process.argv.includes('--json')),
    ),
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
