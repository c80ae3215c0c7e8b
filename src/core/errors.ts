import { format, type MessageKey, type MessageParams } from './messages'

/**
 * An error that a user can act on. `key` names its text in the message catalogue
 * (`src/core/messages/<language>/`), `params` fills the text; `params.field` names the
 * setting, message property or channel at fault. `message` is the English text.
 */
export abstract class UserError extends Error {
  constructor(
    readonly key: MessageKey,
    readonly params: MessageParams = {},
    options?: ErrorOptions,
  ) {
    super(format(key, params), options)
    this.name = new.target.name
  }
}

/** A setting is wrong: the node cannot work until somebody changes it. */
export class ConfigError extends UserError {}

/** An input is wrong: this message is refused, the next one may be fine. */
export class InputError extends UserError {}

/** The outside world failed (broker, port, disk, engine): it may heal by itself. */
export class DeviceError extends UserError {}

/** Something is not there that the user can install. */
export class MissingError extends DeviceError {}
