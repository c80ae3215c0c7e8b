import { describeValue } from '../describe-value'
import { ConfigError, InputError } from '../errors'
import type { MessageKey } from '../messages'

/** A machine that is not there: deterministic with a seed, and it can be told to misbehave. */
export interface Simulator {
  readonly channels: readonly string[]
  readonly units: readonly string[]
  /** Hz */
  readonly rate: number
  /** What it does now, or did at any time during the last rows: `normal`, or what is wrong with it. */
  readonly label: string
  /**
   * The next rows (rows × channels values), NaN where a channel has no value; undefined while nothing at all comes: time goes on all
   * the same.
   */
  next(rows: number): Float32Array | undefined
  /** Changes what it does: the properties it knows, the others stay. @throws InputError that names the property */
  order(order: Readonly<Record<string, unknown>>): void
}

/** A setting in the dialog; `channels` is a list of simulated sensors. */
export interface SimulatorSetting {
  readonly name: string
  readonly labelKey: MessageKey
  readonly kind: 'number' | 'choice' | 'flag' | 'channels'
  readonly choices?: readonly string[]
  readonly fallback: unknown
}

/** Something that may go wrong by chance: the order that begins it and the one that ends it. */
export interface RandomFault {
  readonly begin: Readonly<Record<string, unknown>>
  readonly end: Readonly<Record<string, unknown>>
  /** It lasts a time between these two. */
  readonly seconds: readonly [number, number]
}

/** An entry of the registry. */
export interface SimulatorSpec {
  readonly name: string
  readonly labelKey: MessageKey
  /** Rows that a message has by default. */
  readonly batch: number
  readonly settings: readonly SimulatorSetting[]
  /** Properties of the orders that its machine knows. */
  readonly orders: readonly string[]
  /** What may go wrong by chance with a machine of these settings. */
  faults(settings: Readonly<Record<string, unknown>>): readonly RandomFault[]
  /** @throws ConfigError */
  make(settings: Readonly<Record<string, unknown>>): Simulator
}

/**
 * Reads an order by the reader of the settings: what is wrong with it is then wrong with the message.
 * @param known properties that an order may have; one at least is asked for
 * @throws InputError
 */
export function readOrder<T>(
  order: Readonly<Record<string, unknown>>,
  known: readonly string[],
  read: () => T,
): T {
  if (!known.some((name) => Object.hasOwn(order, name))) {
    throw new InputError('simulate.unknownOrder', {
      field: 'msg.payload',
      known: known.join(', '),
      got: describeValue(order),
    })
  }
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const field = `msg.payload.${String(error.params['field'])}`
    throw new InputError(error.key, { ...error.params, field }, { cause: error })
  }
}
