import { separatorOf } from './columns'
import { WholeRecords } from './quoted-records'
import type { CsvInput } from './read-rows'
import { WholeLines } from './whole-lines'

/**
 * The records of a file as they are written there, without their line ends: a quoted field may hold line feeds. Empty lines are left
 * out. @throws InputError where a line is too long, or a quote is never closed
 */
export async function* recordTexts({ name, chunks }: CsvInput): AsyncGenerator<string> {
  const lines = new WholeLines(name)
  let records: WholeRecords | undefined
  for await (const chunk of chunks) {
    const bytes = lines.push(chunk)
    if (bytes.length === 0) continue
    records ??= new WholeRecords(separatorOf(firstOf(bytes)), name)
    yield* cut(records.push(bytes))
  }
  const last = lines.end()
  records ??= new WholeRecords(separatorOf(firstOf(last)), name)
  yield* cut(records.push(last))
  const rest = records.end()
  yield* cut({ bytes: rest, ends: rest.length === 0 ? [] : [rest.length] })
}

function* cut({ bytes, ends }: ReturnType<WholeRecords['push']>): Generator<string> {
  let from = 0
  for (const end of ends) {
    const text = bytes.toString('utf8', from, end).replace(/\r?\n$/, '')
    if (text !== '') yield text
    from = end
  }
}

function firstOf(bytes: Buffer): string {
  return bytes.toString('utf8').trimStart().split('\n', 1)[0] ?? ''
}
