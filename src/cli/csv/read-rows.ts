import { InputError } from '../../core/errors'
import { planColumns, type ColumnPlan, type Wanted } from './columns'
import { readFirstLine } from './first-line'
import { LineScanner } from './line-scanner'
import { QuotedRecords } from './quoted-records'
import { RowBlock } from './row-block'
import { WholeLines } from './whole-lines'

/** Rows handed on at once. */
const BLOCK_ROWS = 2048
const LF = 10

/** Bytes of one CSV file and what it is called in messages. */
export interface CsvInput {
  readonly name: string
  readonly chunks: AsyncIterable<Buffer>
}

/** Who takes the rows of a file. */
export interface RowSink {
  /** Before the first row. */
  begin?(plan: ColumnPlan): void | Promise<void>
  /** Rows, in order; the block is filled anew afterwards. What a chunk of input completes is handed on at once. */
  rows(block: RowBlock): void | Promise<void>
}

/**
 * Reads a CSV file with a header, in constant memory. Rows with a cell that is no number are marked, not dropped.
 * @throws InputError where there is no header or a channel is missing; ConfigError where an option names a column that is not there
 */
export async function readRows(input: CsvInput, wanted: Wanted, sink: RowSink): Promise<void> {
  const lines = new WholeLines(input.name)
  let reader: FileReader | undefined
  const take = async (bytes: Buffer): Promise<void> => {
    if (reader !== undefined) return reader.push(bytes)
    const header = cutHeader(bytes)
    if (header === undefined) return
    reader = await FileReader.open(header.line, input.name, wanted, sink)
    await reader.push(reader.isHeadless ? bytes : bytes.subarray(header.end))
  }
  for await (const chunk of input.chunks) await take(lines.push(chunk))
  await take(lines.end())
  if (reader === undefined) throw new InputError('cli.emptyFile', { field: input.name })
  await reader.end()
}

/** The first line that is not empty, and where the next begins; undefined where all are empty. */
function cutHeader(bytes: Buffer): { line: string; end: number } | undefined {
  let from = 0
  for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, from)) {
    const line = bytes.toString('utf8', from, end).replace(/^\uFEFF/, '')
    if (line.trim() !== '') return { line, end: end + 1 }
    from = end + 1
  }
  return undefined
}

/** One file behind its header. */
class FileReader {
  private readonly block: RowBlock
  private readonly scanner: LineScanner
  private quoted?: QuotedRecords

  private constructor(
    private readonly name: string,
    private readonly plan: ColumnPlan,
    private readonly sink: RowSink,
    /** True where the first line is data. */
    readonly isHeadless: boolean,
  ) {
    this.block = new RowBlock(plan, BLOCK_ROWS)
    this.scanner = new LineScanner(plan, this.block)
  }

  static async open(line: string, name: string, wanted: Wanted, sink: RowSink): Promise<FileReader> {
    const { names, separator, isHeadless, isData } = readFirstLine(line, wanted.noHeader === true, name)
    if (isData && !isHeadless) throw new InputError('cli.noHeader', { field: name })
    const plan = planColumns(names, separator, wanted, name, isHeadless)
    await sink.begin?.(plan)
    return new FileReader(name, plan, sink, isHeadless)
  }

  /** Takes whole lines. */
  async push(bytes: Buffer): Promise<void> {
    let at = 0
    while (at < bytes.length && this.quoted === undefined) {
      at = this.scanner.scan(bytes, at, bytes.length)
      if (this.scanner.quotedAt >= 0) this.quoted = new QuotedRecords(this.plan.separator, this.name)
      if (this.block.isFull) await this.hand()
    }
    if (this.quoted !== undefined) await this.add(this.quoted.push(bytes.subarray(at)))
    await this.hand()
  }

  async end(): Promise<void> {
    if (this.quoted !== undefined) await this.add(this.quoted.end())
    await this.hand()
  }

  private async add(records: readonly (readonly string[])[]): Promise<void> {
    for (const record of records) {
      this.block.add(record)
      if (this.block.isFull) await this.hand()
    }
  }

  private async hand(): Promise<void> {
    const { filter } = this.plan
    if (filter !== undefined) this.block.keep(filter.index, filter.text)
    if (this.block.rows === 0) return
    await this.sink.rows(this.block)
    this.block.clear()
  }
}
