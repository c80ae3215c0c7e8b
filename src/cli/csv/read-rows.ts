import { InputError } from '../../core/errors'
import { numbersOf, planColumns, separatorOf, type ColumnPlan, type Wanted } from './columns'
import { decimalOf } from './decimal'
import { LineScanner } from './line-scanner'
import { fieldsOf, QuotedRecords } from './quoted-records'
import { RowBlock } from './row-block'

/** Rows handed on at once. */
const BLOCK_ROWS = 2048
/** A header is not longer than this, bytes. */
const MAX_HEADER = 1_048_576
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
  let reader: FileReader | undefined
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of input.chunks) {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    if (reader === undefined) {
      const header = cutHeader(bytes, input.name)
      if (header === undefined) {
        rest = bytes
        continue
      }
      reader = await FileReader.open(header.line, input.name, wanted, sink)
      if (!reader.isHeadless) bytes = bytes.subarray(header.end)
    }
    rest = await reader.push(bytes)
  }
  if (reader === undefined) {
    const line = rest.toString('utf8').trim()
    if (line === '') throw new InputError('cli.emptyFile', { field: input.name })
    reader = await FileReader.open(line, input.name, wanted, sink)
    if (!reader.isHeadless) rest = Buffer.alloc(0)
  }
  await reader.end(rest)
}

/** The first line that is not empty, and where the next begins; undefined where it is not complete yet. */
function cutHeader(bytes: Buffer, name: string): { line: string; end: number } | undefined {
  let from = 0
  for (;;) {
    const end = bytes.indexOf(LF, from)
    if (end < 0) {
      if (bytes.length > MAX_HEADER) throw new InputError('cli.noHeader', { field: name })
      return undefined
    }
    const line = bytes.toString('utf8', from, end).replace(/^\uFEFF/, '')
    if (line.trim() !== '') return { line, end: end + 1 }
    from = end + 1
  }
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
    const separator = separatorOf(line)
    const names = fieldsOf(line.replace(/^\uFEFF/, ''), separator).map((field) => field.trim())
    const isNumber = (field: string): boolean => !Number.isNaN(decimalOf(field))
    const isHeadless = wanted.noHeader === true && names.some(isNumber)
    if (!isHeadless && names.every(isNumber)) throw new InputError('cli.noHeader', { field: name })
    const plan = planColumns(isHeadless ? numbersOf(names) : names, separator, wanted, name, isHeadless)
    await sink.begin?.(plan)
    return new FileReader(name, plan, sink, isHeadless)
  }

  /** Takes bytes; gives back those of a line that is not complete yet. */
  async push(bytes: Buffer): Promise<Buffer> {
    const end = bytes.lastIndexOf(LF) + 1
    let at = 0
    while (at < end && this.quoted === undefined) {
      at = this.scanner.scan(bytes, at, end)
      if (this.scanner.quotedAt >= 0) this.quoted = new QuotedRecords(this.plan.separator, this.name)
      if (this.block.isFull) await this.hand()
    }
    if (this.quoted !== undefined) {
      await this.add(this.quoted.push(bytes.subarray(at)))
      at = bytes.length
    }
    await this.hand()
    return bytes.subarray(at)
  }

  /** The last line may lack its line feed. */
  async end(rest: Buffer): Promise<void> {
    if (rest.length > 0) await this.push(Buffer.concat([rest, Buffer.from('\n')]))
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
