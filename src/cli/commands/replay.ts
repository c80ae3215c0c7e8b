import { ConfigError } from '../../core/errors'
import { separatorOf } from '../csv/columns'
import { decimalOf } from '../csv/decimal'
import { fieldsOf } from '../csv/quoted-records'
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
    { name: 'no-header', help: 'cli.optNoHeader' },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<void> {
  const names = await inputNames(args.required('input'))
  const rate = args.number('rate', { min: 0, max: 1e6 }) ?? 1
  const isEndless = args.flag('loop')
  if (isEndless && names.includes('-')) throw new ConfigError('cli.loopNeedsFile', { field: '--loop' })
  const rows = new RowWriter(new Pace(rate), rate === 0, terminal.json)
  let isFirst = !args.flag('no-header') && !terminal.json
  do {
    for (const name of names) {
      let header: string | undefined
      for await (const line of linesOf(openInput(name).chunks)) {
        if (header === undefined) {
          header = line.replace(/^\uFEFF/, '')
          rows.begin(header)
          if (isFirst) await rows.write(header)
          isFirst = false
        } else await rows.row(line)
      }
    }
  } while (isEndless)
  await rows.flush()
}

class RowWriter {
  private readonly out = Output.open('-')
  private readonly text = new LineBuffer()
  private names: readonly string[] = []
  private separator: ReturnType<typeof separatorOf> = ','

  constructor(
    private readonly pace: Pace,
    private readonly isGathered: boolean,
    private readonly json: boolean,
  ) {}

  begin(header: string): void {
    this.separator = separatorOf(header)
    this.names = fieldsOf(header, this.separator)
  }

  async row(line: string): Promise<void> {
    const due = this.pace.next()
    if (due !== undefined) await due
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
    const fields = fieldsOf(line, this.separator)
    return JSON.stringify(
      Object.fromEntries(
        this.names.map((name, i) => {
          const field = fields[i] ?? ''
          const number = decimalOf(field.trim())
          return [name, Number.isNaN(number) ? field : number]
        }),
      ),
    )
  }
}

/** Lines that are not empty, without their line ends. */
async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let from = 0
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, from)) {
      const line = bytes.toString('utf8', from, end).replace(/\r$/, '')
      if (line !== '') yield line
      from = end + 1
    }
    rest = bytes.subarray(from)
  }
  const last = rest.toString('utf8').replace(/\r$/, '')
  if (last !== '') yield last
}
