import { format } from '../../core/messages'
import { COMMON, type Command } from './command'

const NAME = 'edge-anomaly'
const WIDTH = 100

/** Help of all commands together. */
export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  return [
    format('cli.about'),
    '',
    `${format('cli.usage')} ${NAME} COMMAND [--help]`,
    `       ${NAME} --version`,
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${format(summary)}`),
    '',
    ...wrapped(format('cli.exitCodes'), ''),
  ].join('\n')
}

/** Help of one command. */
export function helpOf({ name, summary, synopsis, options, words }: Command): string {
  const shown = [...options, ...COMMON].map(({ name: option, value, help }) => ({
    left: `--${option}${value === undefined ? '' : ` ${value}`}`,
    help: format(help),
  }))
  const width = Math.min(28, Math.max(...shown.map(({ left }) => left.length)))
  const indent = ' '.repeat(width + 4)
  const [first = '', ...more] = synopsis
  return [
    `${NAME} ${name}: ${format(summary)}`,
    '',
    `${format('cli.usage')} ${NAME} ${name} ${words === undefined ? '' : `${words} `}${first}`,
    ...more.map((line) => `       ${' '.repeat(NAME.length + name.length)}  ${line}`),
    '',
    ...shown.flatMap(({ left, help }) => {
      const lines = wrapped(help, indent)
      if (left.length > width) return [`  ${left}`, ...lines]
      return [`  ${left.padEnd(width)}  ${lines[0]!.trimStart()}`, ...lines.slice(1)]
    }),
  ].join('\n')
}

/** Lines of at most 100 characters, each behind `indent`. */
function wrapped(text: string, indent: string): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + word.length + 1 > WIDTH) {
      lines.push(indent + line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, indent + line]
}
