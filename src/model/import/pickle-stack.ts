import { InputError } from '../../core/errors'
import { PickleDict, PickleList, type PickleValue } from './pickle-values'

/** The stack of a pickle's machine, with its marks and what was kept for later. */
export class PickleStack {
  private readonly values: PickleValue[] = []
  private readonly marks: number[] = []
  private readonly memo = new Map<number, PickleValue>()

  constructor(
    /** Name of the file, for messages. */
    private readonly field: string,
  ) {}

  push(value: PickleValue): void {
    this.values.push(value)
  }

  /** Takes the topmost value; not one below the last mark. */
  pop(): PickleValue {
    if (this.values.length === (this.marks[this.marks.length - 1] ?? 0)) throw this.bad('an empty stack')
    return this.values.pop()!
  }

  top(): PickleValue {
    if (this.values.length === 0) throw this.bad('an empty stack')
    return this.values[this.values.length - 1]!
  }

  mark(): void {
    this.marks.push(this.values.length)
  }

  /** Takes the last mark and what is above it. */
  popMark(): readonly PickleValue[] {
    const mark = this.marks.pop()
    if (mark === undefined) throw this.bad('a missing mark')
    return this.values.splice(mark)
  }

  /** Takes `count` values, the topmost last. */
  popMany(count: number): readonly PickleValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse()
  }

  /** Adds to the list on top. */
  append(items: readonly PickleValue[]): void {
    const list = this.top()
    if (!(list instanceof PickleList)) throw this.bad('an entry for what is no list')
    for (const item of items) list.items.push(item)
  }

  /** Adds keys and values by turns to the dict on top. */
  setItems(items: readonly PickleValue[]): void {
    const dict = this.top()
    if (!(dict instanceof PickleDict) || items.length % 2 !== 0)
      throw this.bad('an entry for what is no dict')
    for (let i = 0; i < items.length; i += 2) dict.entries.set(items[i]!, items[i + 1]!)
  }

  /** Keeps the topmost value under a number, the next free one where none is given. */
  keep(index = this.memo.size): void {
    this.memo.set(index, this.top())
  }

  recall(index: number): PickleValue {
    const value = this.memo.get(index)
    if (value === undefined) throw this.bad('a value that was never kept')
    return value
  }

  private bad(got: string): InputError {
    return new InputError('files.badPickle', { field: this.field, got })
  }
}
