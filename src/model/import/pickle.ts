import { InputError } from '../../core/errors'
import { BoundedBytes } from './bounded-bytes'
import { PickleCall, PickleDict, PickleGlobal, PickleList, PickleTuple, type PickleValue } from './pickle-values'

export interface PickleRules {
  /** Name of the file, for messages. */
  readonly field: string
  /** The only names that may be imported, `module.name`. */
  readonly names: ReadonlySet<string>
  /** Called when an object has its state: takes from the stream what the writer put behind it. */
  onState?(call: PickleCall, reader: PickleReader): void
}

/** Most instructions of one file: a scaler of 4096 channels takes some ten thousand. */
const MAX_STEPS = 200_000
/** Pickles within the pickle (joblib's arrays of objects). */
const MAX_DEPTH = 2
const MAX_NAME = 200
const STOP = 0x2e

/**
 * Reads a pickle of protocol 2 to 5 into inert values. Every name must be on the list, no call is carried out, no instruction
 * outside those that such data needs is accepted, and each step costs a bounded amount of memory: values that are named again
 * are shared, never copied. https://github.com/python/cpython/blob/3.13/Lib/pickletools.py
 */
export class PickleReader {
  private at = 0
  private steps = 0
  private depth = 0
  private readonly file: BoundedBytes

  constructor(
    bytes: Uint8Array,
    private readonly rules: PickleRules,
  ) {
    this.file = new BoundedBytes(bytes, rules.field)
  }

  /** The next `size` bytes of the file; a view. */
  take(size: number): Uint8Array {
    const bytes = this.file.slice(this.at, size)
    this.at += size
    return bytes
  }

  /** Reads the pickle that begins here. @throws InputError */
  read(depth = 0): PickleValue {
    if (depth >= MAX_DEPTH) throw this.bad('pickles within pickles')
    const stack: PickleValue[] = []
    const marks: number[] = []
    const memo = new Map<number, PickleValue>()
    for (;;) {
      if (++this.steps > MAX_STEPS) {
        throw new InputError('files.tooLarge', { field: this.rules.field, got: 'a pickle', max: `${MAX_STEPS} instructions` })
      }
      const code = this.u8()
      if (code === STOP) return this.pop(stack, marks)
      const value = this.push(code, memo)
      if (value !== undefined) stack.push(value)
      else this.work(code, stack, marks, memo, depth)
    }
  }

  /** Instructions that only push a value; undefined for any other. */
  private push(code: number, memo: ReadonlyMap<number, PickleValue>): PickleValue | undefined {
    switch (code) {
      case 0x4e: // N
        return null
      case 0x88:
        return true
      case 0x89:
        return false
      case 0x4a: // J
        return this.file.i32(this.skip(4))
      case 0x4b: // K
        return this.u8()
      case 0x4d: // M
        return this.file.u16(this.skip(2))
      case 0x47: // G
        return this.file.f64BigEndian(this.skip(8))
      case 0x8a:
        return this.whole(this.u8())
      case 0x8c:
        return this.text(this.u8())
      case 0x58: // X
        return this.text(this.u32())
      case 0x8d:
        return this.text(this.u64())
      case 0x55: // U, texts of Python 2
        return this.oldText(this.u8())
      case 0x54: // T
        return this.oldText(this.u32())
      case 0x43: // C
        return this.take(this.u8())
      case 0x42: // B
        return this.take(this.u32())
      case 0x8e:
      case 0x96:
        return this.take(this.u64())
      case 0x29: // )
        return new PickleTuple([])
      case 0x5d: // ]
        return new PickleList()
      case 0x7d: // }
        return new PickleDict()
      case 0x63: // c
        return this.global(this.line(), this.line())
      case 0x68: // h
        return this.recall(memo, this.u8())
      case 0x6a: // j
        return this.recall(memo, this.u32())
      default:
        return undefined
    }
  }

  /** Instructions that take values off the stack. */
  private work(code: number, stack: PickleValue[], marks: number[], memo: Map<number, PickleValue>, depth: number): void {
    switch (code) {
      case 0x80: {
        const protocol = this.u8()
        if (protocol < 2 || protocol > 5) throw this.bad(`protocol ${protocol}`)
        return
      }
      case 0x95: // frames are a hint to read ahead
        this.skip(8)
        return
      case 0x28: // (
        marks.push(stack.length)
        return
      case 0x30: // 0
        this.pop(stack, marks)
        return
      case 0x71: // q
        memo.set(this.u8(), this.top(stack))
        return
      case 0x72: // r
        memo.set(this.u32(), this.top(stack))
        return
      case 0x94:
        memo.set(memo.size, this.top(stack))
        return
      case 0x85:
      case 0x86:
      case 0x87: {
        const items = Array.from({ length: code - 0x84 }, () => this.pop(stack, marks)).reverse()
        stack.push(new PickleTuple(items))
        return
      }
      case 0x74: // t
        stack.push(new PickleTuple(this.popMark(stack, marks)))
        return
      case 0x61: // a
        this.append(stack, [this.pop(stack, marks)])
        return
      case 0x65: // e
        this.append(stack, this.popMark(stack, marks))
        return
      case 0x73: {
        // s
        const value = this.pop(stack, marks)
        this.setItems(stack, [this.pop(stack, marks), value])
        return
      }
      case 0x75: // u
        this.setItems(stack, this.popMark(stack, marks))
        return
      case 0x93: {
        const name = this.pop(stack, marks)
        stack.push(this.global(this.pop(stack, marks), name))
        return
      }
      case 0x52: // R
      case 0x81: {
        const args = this.pop(stack, marks)
        const callable = this.pop(stack, marks)
        if (!(callable instanceof PickleGlobal && args instanceof PickleTuple)) throw this.bad('a call of what is no name')
        stack.push(new PickleCall(callable.name, args.items))
        return
      }
      case 0x62: {
        // b
        const state = this.pop(stack, marks)
        const call = this.top(stack)
        if (!(call instanceof PickleCall)) throw this.bad('a state for what is no object')
        call.state = state
        this.depth = depth
        this.rules.onState?.(call, this)
        return
      }
      default:
        throw this.bad(`the instruction 0x${code.toString(16).padStart(2, '0')}`)
    }
  }

  /** Reads the pickle that stands in the stream at this place, from within `onState`. @throws InputError */
  readNested(): PickleValue {
    return this.read(this.depth + 1)
  }

  private bad(got: string): InputError {
    return new InputError('files.badPickle', { field: this.rules.field, got })
  }

  private pop(stack: PickleValue[], marks: readonly number[]): PickleValue {
    if (stack.length === (marks[marks.length - 1] ?? 0)) throw this.bad('an empty stack')
    return stack.pop()!
  }

  private top(stack: readonly PickleValue[]): PickleValue {
    if (stack.length === 0) throw this.bad('an empty stack')
    return stack[stack.length - 1]!
  }

  private popMark(stack: PickleValue[], marks: number[]): readonly PickleValue[] {
    const mark = marks.pop()
    if (mark === undefined) throw this.bad('a missing mark')
    return stack.splice(mark)
  }

  private append(stack: readonly PickleValue[], items: readonly PickleValue[]): void {
    const list = this.top(stack)
    if (!(list instanceof PickleList)) throw this.bad('an entry for what is no list')
    for (const item of items) list.items.push(item)
  }

  private setItems(stack: readonly PickleValue[], items: readonly PickleValue[]): void {
    const dict = this.top(stack)
    if (!(dict instanceof PickleDict) || items.length % 2 !== 0) throw this.bad('an entry for what is no dict')
    for (let i = 0; i < items.length; i += 2) dict.entries.set(items[i]!, items[i + 1]!)
  }

  private recall(memo: ReadonlyMap<number, PickleValue>, index: number): PickleValue {
    const value = memo.get(index)
    if (value === undefined) throw this.bad('a value that was never kept')
    return value
  }

  private global(module: PickleValue, name: PickleValue): PickleGlobal {
    const whole = typeof module === 'string' && typeof name === 'string' ? `${module}.${name}` : ''
    if (!this.rules.names.has(whole)) {
      throw new InputError('files.foreignClass', { field: this.rules.field, got: whole === '' ? 'no name' : whole.slice(0, MAX_NAME) })
    }
    return new PickleGlobal(whole)
  }

  private skip(size: number): number {
    const from = this.at
    this.at += size
    return from
  }

  private u8(): number {
    return this.file.u8(this.skip(1))
  }

  private u32(): number {
    return this.file.u32(this.skip(4))
  }

  private u64(): number {
    return this.file.u64(this.skip(8))
  }

  private text(size: number): string {
    return this.file.text(this.skip(size), size)
  }

  private oldText(size: number): string {
    return this.file.latin1(this.skip(size), size)
  }

  /** A line of a name, without its end. */
  private line(): string {
    const end = this.file.bytes.subarray(this.at, this.at + MAX_NAME).indexOf(10)
    if (end < 0) throw this.bad('a name without an end')
    const text = this.oldText(end)
    this.at++
    return text
  }

  /** A whole number of up to 8 bytes, the lowest first, in two's complement. */
  private whole(size: number): number {
    if (size > 8) throw this.bad('a whole number of more than 64 bits')
    const bytes = this.take(size)
    let value = 0
    for (let i = size - 1; i >= 0; i--) value = value * 256 + bytes[i]!
    return size > 0 && bytes[size - 1]! >= 128 ? value - 256 ** size : value
  }
}
