import { InputError } from './errors'

/**
 * Readers for the body of a part that was learned (plain JSON): each throws InputError that names the property which is not what
 * `save` wrote.
 */
export class BodyReader {
  private readonly fields: Readonly<Record<string, unknown>>

  /** @param part name of the part in messages, e.g. `scaler` */
  constructor(
    private readonly part: string,
    body: unknown,
  ) {
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw this.foreign('body', 'an object')
    this.fields = body as Readonly<Record<string, unknown>>
  }

  /** Refuses a version other than this one. */
  version(version: number): void {
    if (this.own('version') !== version) throw this.foreign('version', String(version))
  }

  choice<T extends string>(name: string, choices: readonly T[]): T {
    const value = this.own(name)
    const found = choices.find((choice) => choice === value)
    if (found === undefined) throw this.foreign(name, `one of ${choices.join(', ')}`)
    return found
  }

  text(name: string): string {
    const value = this.own(name)
    if (typeof value !== 'string') throw this.foreign(name, 'a text')
    return value
  }

  number(name: string): number {
    const value = this.own(name)
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.foreign(name, 'a finite number')
    return value
  }

  whole(name: string): number {
    const value = this.number(name)
    if (!Number.isInteger(value) || value < 1) throw this.foreign(name, 'a whole number above 0')
    return value
  }

  texts(name: string): readonly string[] {
    const value = this.own(name)
    if (!Array.isArray(value) || value.length === 0 || !value.every((text) => typeof text === 'string')) {
      throw this.foreign(name, 'an array of texts')
    }
    return value
  }

  /** Exactly `length` finite numbers. */
  numbers(name: string, length: number): Float64Array {
    const value = this.own(name)
    if (!Array.isArray(value) || value.length !== length || !value.every(Number.isFinite)) {
      throw this.foreign(name, `${length} finite numbers`)
    }
    return Float64Array.from(value as readonly number[])
  }

  /** As `numbers`, and every one above 0. */
  positives(name: string, length: number): Float64Array {
    const values = this.numbers(name, length)
    if (!values.every((value) => value > 0)) throw this.foreign(name, `${length} numbers above 0`)
    return values
  }

  has(name: string): boolean {
    return this.own(name) !== undefined
  }

  private own(name: string): unknown {
    return Object.hasOwn(this.fields, name) ? this.fields[name] : undefined
  }

  private foreign(name: string, expected: string): InputError {
    return new InputError('detector.foreignPart', { field: `${this.part}.${name}`, expected })
  }
}
