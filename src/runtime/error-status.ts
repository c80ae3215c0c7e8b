import { ConfigError, InputError, MissingError } from '../core/errors'

/** The texts of the status of a node in which something went wrong. */
export type ErrorStatus =
  'status.badInput' | 'status.badSettings' | 'status.engineMissing' | 'status.failed' | 'status.notSaved'

/** What the status says of an error: whose fault it is. */
export function statusOf(error: unknown): ErrorStatus {
  if (error instanceof ConfigError) return 'status.badSettings'
  if (error instanceof MissingError) return 'status.engineMissing'
  return error instanceof InputError ? 'status.badInput' : 'status.failed'
}
