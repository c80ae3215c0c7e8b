import { InputError } from '../core/errors'

/** Reads a JSON document from outside, place by place. Each method throws InputError that names the file and the place. */
export class DocumentReader {
  constructor(
    /** Name of the file, for messages. */
    private readonly field: string,
    private readonly value: unknown,
    private readonly place = 'document',
  ) {}

  /** The property `name`; own properties only. */
  at(name: string): DocumentReader {
    return new DocumentReader(this.field, this.own(name), `${this.place}.${name}`)
  }

  /** The property `name`, or undefined where there is none. */
  optional(name: string): DocumentReader | undefined {
    return this.own(name) === undefined ? undefined : this.at(name)
  }

  text(max = 65_536): string {
    if (typeof this.value !== 'string' || this.value.length > max)
      throw this.wrong(`text of at most ${max} characters`)
    return this.value
  }

  choice<T extends string>(choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.value)
    return found ?? this.fail(`one of ${choices.join(', ')}`)
  }

  matching(pattern: RegExp, words: string): string {
    if (typeof this.value !== 'string' || !pattern.test(this.value)) throw this.wrong(words)
    return this.value
  }

  finite(): number {
    if (typeof this.value !== 'number' || !Number.isFinite(this.value)) throw this.wrong('a finite number')
    return this.value
  }

  whole(min: number, max = Number.MAX_SAFE_INTEGER): number {
    if (!Number.isInteger(this.value) || (this.value as number) < min || (this.value as number) > max) {
      throw this.wrong(`a whole number from ${min} to ${max}`)
    }
    return this.value as number
  }

  list(max: number): readonly DocumentReader[] {
    if (!Array.isArray(this.value) || this.value.length > max)
      throw this.wrong(`a list of at most ${max} entries`)
    return this.value.map((entry: unknown, i) => new DocumentReader(this.field, entry, `${this.place}[${i}]`))
  }

  entries(max: number): readonly (readonly [string, DocumentReader])[] {
    const entries = Object.entries(this.object())
    if (entries.length > max) throw this.wrong(`an object of at most ${max} entries`)
    return entries.map(([name, value]) => [
      name,
      new DocumentReader(this.field, value, `${this.place}.${name.slice(0, 40)}`),
    ])
  }

  /** Anything at all that JSON can hold. */
  any(): unknown {
    return this.value
  }

  isList(): boolean {
    return Array.isArray(this.value)
  }

  fail(expected: string): never {
    throw this.wrong(expected)
  }

  private own(name: string): unknown {
    const object = this.object()
    return Object.hasOwn(object, name) ? object[name] : undefined
  }

  private object(): Readonly<Record<string, unknown>> {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value))
      throw this.wrong('an object')
    return this.value as Readonly<Record<string, unknown>>
  }

  private wrong(expected: string): InputError {
    return new InputError('files.badDocument', { field: this.field, place: this.place, expected })
  }
}
