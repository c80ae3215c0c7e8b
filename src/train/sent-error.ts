import { ConfigError, DeviceError, InputError, UserError } from '../core/errors'
import type { MessageKey, MessageParams } from '../core/messages'

/** An error on its way between threads: what is left of a UserError after a structured clone, or the text of any other. */
export type SentError =
  | { readonly name: string; readonly key: MessageKey; readonly params: MessageParams }
  | { readonly name: string; readonly text: string }

const KINDS = { ConfigError, InputError, DeviceError }

export function sendableError(error: unknown): SentError {
  if (error instanceof UserError) return { name: error.name, key: error.key, params: error.params }
  return error instanceof Error
    ? { name: error.name, text: error.message }
    : { name: 'Error', text: String(error) }
}

/** The error again, of the class that it was. */
export function readUserError(sent: SentError): Error {
  if ('text' in sent) return new DeviceError('train.crashed', { field: 'training', reason: sent.text })
  const Kind = Object.entries(KINDS).find(([name]) => name === sent.name)?.[1] ?? InputError
  return new Kind(sent.key, sent.params)
}
