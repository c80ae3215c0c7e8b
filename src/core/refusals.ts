import { InputError } from './errors'
import type { MessageKey, MessageParams } from './messages'

/** Bad rows of one message: the first few errors and how many there were, since errors are dear to make. */
export class Refusals {
  static readonly KEPT = 3
  readonly errors: InputError[] = []
  count = 0

  add(key: MessageKey, params: MessageParams): void {
    this.count++
    if (this.errors.length < Refusals.KEPT) this.errors.push(new InputError(key, params))
  }

  /** Counts an error that is already made. */
  take(error: InputError): void {
    this.count++
    if (this.errors.length < Refusals.KEPT) this.errors.push(error)
  }
}
