import { UserError } from '../../core/errors'

/** The command line itself is wrong: an unknown option, a missing one. */
export class UsageError extends UserError {}
