import { InputError } from '../../core/errors'
import { BoundedBytes } from './bounded-bytes'
import { PickleStack } from './pickle-stack'
import {
  PickleCall,
  PickleDict,
  PickleGlobal,
  PickleList,
  PickleTuple,
  type PickleValue,
} from './pickle-values'

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
  read(): PickleValue {
    if (this.depth >= MAX_DEPTH) throw this.bad('pickles within pickles')
    this.depth++
    const stack = new PickleStack(this.rules.field)
    for (;;) {
      if (++this.steps > MAX_STEPS) {
        const max = `${MAX_STEPS} instructions`
        throw new InputError('files.tooLarge', { field: this.rules.field, got: 'a pickle', max })
      }
      const code = this.u8()
      if (code === STOP) break
      const value = this.constant(code)
      if (value !== undefined) stack.push(value)
      else if (!this.arrange(code, stack)) this.build(code, stack)
    }
    this.depth--
    return stack.pop()
  }

  /** Instructions that only give a value; undefined for any other. */
  private constant(code: number): PickleValue | undefined {
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
      default:
        return undefined
    }
  }

  /** Instructions that move values about; false for any other. */
  private arrange(code: number, stack: PickleStack): boolean {
    switch (code) {
      case 0x28: // (
        stack.mark()
        return true
      case 0x30: // 0
        stack.pop()
        return true
      case 0x71: // q
        stack.keep(this.u8())
        return true
      case 0x72: // r
        stack.keep(this.u32())
        return true
      case 0x94:
        stack.keep()
        return true
      case 0x68: // h
        stack.push(stack.recall(this.u8()))
        return true
      case 0x6a: // j
        stack.push(stack.recall(this.u32()))
        return true
      case 0x85:
      case 0x86:
      case 0x87:
        stack.push(new PickleTuple(stack.popMany(code - 0x84)))
        return true
      case 0x74: // t
        stack.push(new PickleTuple(stack.popMark()))
        return true
      case 0x61: // a
        stack.append(stack.popMany(1))
        return true
      case 0x65: // e
        stack.append(stack.popMark())
        return true
      case 0x73: // s
        stack.setItems(stack.popMany(2))
        return true
      case 0x75: // u
        stack.setItems(stack.popMark())
        return true
      default:
        return false
    }
  }

  /** Instructions about the file itself and about objects; no others are accepted. */
  private build(code: number, stack: PickleStack): void {
    switch (code) {
      case 0x80: {
        const protocol = this.u8()
        if (protocol < 2 || protocol > 5) throw this.bad(`protocol ${protocol}`)
        return
      }
      case 0x95: // frames are a hint to read ahead
        this.skip(8)
        return
      case 0x93: {
        const name = stack.pop()
        stack.push(this.global(stack.pop(), name))
        return
      }
      case 0x52: // R
      case 0x81: {
        const args = stack.pop()
        const callable = stack.pop()
        if (!(callable instanceof PickleGlobal && args instanceof PickleTuple)) {
          throw this.bad('a call of what is no name')
        }
        stack.push(new PickleCall(callable.name, args.items))
        return
      }
      case 0x62: {
        // b
        const state = stack.pop()
        const call = stack.top()
        if (!(call instanceof PickleCall)) throw this.bad('a state for what is no object')
        call.state = state
        this.rules.onState?.(call, this)
        return
      }
      default:
        throw this.bad(`the instruction 0x${code.toString(16).padStart(2, '0')}`)
    }
  }

  private bad(got: string): InputError {
    return new InputError('files.badPickle', { field: this.rules.field, got })
  }

  private global(module: PickleValue, name: PickleValue): PickleGlobal {
    const whole = typeof module === 'string' && typeof name === 'string' ? `${module}.${name}` : ''
    if (!this.rules.names.has(whole)) {
      const got = whole === '' ? 'no name' : whole.slice(0, MAX_NAME)
      throw new InputError('files.foreignClass', { field: this.rules.field, got })
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
