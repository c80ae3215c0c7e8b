import { ConfigError, InputError } from '../../core/errors'
import { fieldDecimal } from '../csv/decimal'
import { readFirstLine, type FirstLine } from '../csv/first-line'
import { fieldsOf } from '../csv/quoted-records'
import { recordTexts } from '../csv/record-texts'
import { LineBuffer } from '../scores/line-buffer'
import type { Arguments } from '../terminal/arguments'
import type { Command } from '../terminal/command'
import { inputNames, openInput } from '../terminal/input'
import { Output } from '../terminal/output'
import type { Terminal } from '../terminal/terminal'
import { Pace } from './pace'

/** Bytes gathered where there is no pace to keep. */
const GATHERED = 65_536
const LF = 10

/** Writes the rows of files to standard output at the pace of a sensor; nothing but rows goes there. */
export const replay: Command = {
  name: 'replay',
  summary: 'cli.sumReplay',
  synopsis: ['--input FILE[,FILE] [--rate HZ] [--loop] [--no-header]'],
  options: [
    { name: 'input', value: 'FILE,FILE', help: 'cli.optReplayInput' },
    { name: 'rate', value: 'HZ', help: 'cli.optReplayRate' },
    { name: 'loop', help: 'cli.optLoop' },
    { name: 'no-header', help: 'cli.optReplayHeadless' },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<void> {
  const names = await inputNames(args.required('input'))
  const rate = args.number('rate', { min: 0, max: 1e6 }) ?? 1
  const isEndless = args.flag('loop')
  if (isEndless && names.includes('-')) throw new ConfigError('cli.loopNeedsFile', { field: '--loop' })
  const isBare = args.flag('no-header')
  const rows = new RowWriter(new Pace(rate), rate === 0, terminal.json, !isBare)
  do {
    const before = rows.written
    for (const name of names) {
      let isFirst = true
      for await (const text of recordTexts(openInput(name))) {
        const line = isFirst ? text.replace(/^\uFEFF/, '') : text
        if (isFirst && (await rows.begin(name, readFirstLine(line, isBare, name), line)) === 'header') {
          isFirst = false
          continue
        }
        isFirst = false
        await rows.row(line)
      }
    }
    if (rows.written === before) throw new InputError('cli.emptyFile', { field: '--input' })
  } while (isEndless)
  await rows.flush()
}

class RowWriter {
  /** Rows so far. */
  written = 0
  private readonly out = Output.open('-')
  private readonly text = new LineBuffer()
  /** What the first file's columns are called, and whether it has a header. */
  private first?: FirstLine
  private now?: FirstLine
  private file = ''

  constructor(
    private readonly pace: Pace,
    private readonly isGathered: boolean,
    private readonly json: boolean,
    private readonly hasHeader: boolean,
  ) {}

  /**
   * A file begins. @returns what its first line is
   * @throws InputError where its columns are others than those before: objects tell what they hold, rows do not
   */
  async begin(file: string, now: FirstLine, line: string): Promise<'header' | 'row'> {
    const isData = now.isHeadless || now.isData
    this.now = isData ? { ...now, isData, names: now.names.map((_, i) => String(i + 1)) } : now
    const { first } = this
    this.first ??= this.now
    this.file = file
    if (!this.json && first !== undefined && !isSame(first, this.now))
      throw new InputError('cli.otherColumns', {
        field: file,
        got: this.now.names.join(', '),
        names: first.names.join(', '),
      })
    if (!isData && first === undefined && this.hasHeader && !this.json) await this.write(line)
    return isData ? 'row' : 'header'
  }

  async row(line: string): Promise<void> {
    const due = this.pace.next()
    if (due !== undefined) await due
    this.written++
    await this.write(this.json ? this.object(line) : line)
  }

  write(line: string): void | Promise<void> {
    this.text.text(line)
    this.text.byte(LF)
    return this.isGathered && this.text.length < GATHERED ? undefined : this.flush()
  }

  flush(): void | Promise<void> {
    const written = this.out.write(this.text.content)
    this.text.clear()
    return written
  }

  private object(line: string): string {
    const { separator, names } = this.now!
    const fields = fieldsOf(line, separator, this.file)
    return JSON.stringify(
      Object.fromEntries(
        names.map((name, i) => {
          const field = fields[i] ?? ''
          const number = fieldDecimal(field.trim(), separator)
          return [name, Number.isNaN(number) ? field : number]
        }),
      ),
    )
  }
}

/** True where rows under both can stand one below the other. */
function isSame(one: FirstLine, other: FirstLine): boolean {
  if (one.separator !== other.separator || one.names.length !== other.names.length) return false
  return one.isData || other.isData || one.names.every((name, i) => name === other.names[i])
}
