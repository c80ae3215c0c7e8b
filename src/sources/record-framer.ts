export interface RecordFramerOptions {
  /** Bytes of a record. */
  readonly length: number
  /** Bytes that each record begins with; may be empty. */
  readonly sync: Uint8Array
  /** False where a record is broken (a checksum). */
  check?(record: Uint8Array): boolean
}

/**
 * Cuts an endless byte stream into records of fixed length. `push` gives the bytes of all records that are complete, one behind
 * the other, in a buffer of their own. Without sync bytes and check it can only count bytes. With them, where no record begins it
 * looks for the next one, a byte at a time. Without a check, a record must be followed by the sync bytes of the next, or by the end
 * of what there is.
 */
export class RecordFramer {
  /** Bytes that belonged to no record. */
  lost = 0
  private rest: Uint8Array = new Uint8Array(0)

  constructor(private readonly options: RecordFramerOptions) {}

  push(chunk: Uint8Array): Uint8Array {
    const { length } = this.options
    const bytes = new Uint8Array(this.rest.length + chunk.length)
    bytes.set(this.rest)
    bytes.set(chunk, this.rest.length)
    const found: number[] = []
    let at = 0
    while (at + length <= bytes.length) {
      if (this.isRecord(bytes, at)) {
        found.push(at)
        at += length
      } else {
        this.lost++
        at++
      }
    }
    this.rest = bytes.slice(at)
    const records = new Uint8Array(found.length * length)
    found.forEach((begin, i) => records.set(bytes.subarray(begin, begin + length), i * length))
    return records
  }

  /** Counts what is left as lost and forgets it. */
  flush(): void {
    this.lost += this.rest.length
    this.reset()
  }

  /** Forgets half a record: nothing is joined over a break of the line. */
  reset(): void {
    this.rest = new Uint8Array(0)
  }

  private isRecord(bytes: Uint8Array, at: number): boolean {
    const { length, sync, check } = this.options
    if (!this.hasSync(bytes, at, sync)) return false
    if (check !== undefined && !check(bytes.subarray(at, at + length))) return false
    // A byte lost within a record would make the next one's first byte its last.
    return check !== undefined || this.hasSync(bytes, at + length, sync)
  }

  private hasSync(bytes: Uint8Array, at: number, sync: Uint8Array): boolean {
    for (let i = 0; i < sync.length && at + i < bytes.length; i++) if (bytes[at + i] !== sync[i]) return false
    return true
  }
}
