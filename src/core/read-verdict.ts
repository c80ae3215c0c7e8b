import type { Clock } from './clock'
import { describeValue } from './describe-value'
import { InputError } from './errors'
import { REASONS, type Verdict } from './verdict'

const KNOWN_REASONS: ReadonlySet<unknown> = new Set(REASONS)

/** The contract of scores that come without one. */
const SCORES = ['scores']

/**
 * Reads a verdict from a message: `msg.anomaly`, or a score as a plain number in `msg.payload`. A whole verdict is given back as
 * it is; one written by hand needs no more than `{ score }`, and is of the time that the clock tells. The payload beside a verdict is left to its nodes, but a number has
 * to be finite.
 * @throws InputError that names the property at fault
 */
export function readVerdict(anomaly: unknown, payload: unknown, clock: Clock): Verdict {
  try {
    return read(anomaly, payload, clock)
  } catch (error) {
    if (error instanceof InputError) throw error
    // A proxy or getter that throws: the message is at fault, not the program.
    const got = describeValue(anomaly)
    const params = { field: 'msg.anomaly', expected: 'an object that can be read', got }
    throw new InputError('frame.badProperty', params, { cause: error })
  }
}

function read(anomaly: unknown, payload: unknown, clock: Clock): Verdict {
  if (anomaly === undefined || anomaly === null) {
    if (typeof payload !== 'number') {
      throw new InputError('threshold.noVerdict', { field: 'msg.anomaly', got: describeValue(payload) })
    }
    return complete({ score: numeral('payload', payload) }, clock.now())
  }
  if (typeof anomaly !== 'object' || Array.isArray(anomaly)) throw refused('', 'an object', anomaly)
  if (typeof payload === 'number') numeral('payload', payload)
  const verdict = anomaly as Readonly<Record<string, unknown>>
  numberOrNull('score', verdict['score'])
  numberOrNull('threshold', verdict['threshold'], true)
  numberOrNull('pValue', verdict['pValue'], true)
  optional('isAnomaly', verdict['isAnomaly'], 'boolean')
  optional('inSample', verdict['inSample'], 'boolean')
  optional('detector', verdict['detector'], 'string')
  optional('detail', verdict['detail'], 'string')
  const { reason, window, contract, model, vote, contributions } = verdict
  if (reason !== undefined && !KNOWN_REASONS.has(reason)) throw refused('.reason', REASONS.join(', '), reason)
  if (
    contract !== undefined &&
    !(Array.isArray(contract) && contract.every((line) => typeof line === 'string'))
  ) {
    throw refused('.contract', 'an array of text', contract)
  }
  if (window !== undefined) numbers('window', window, ['start', 'end'])
  if (model !== undefined && !hasName(model)) {
    throw refused('.model', 'an object with a name', model)
  }
  if (vote !== undefined) {
    numbers('vote', vote, ['k', 'n'])
    numberOrNull('vote.score', (vote as { score: unknown }).score)
  }
  if (contributions !== undefined) {
    if (typeof contributions !== 'object' || contributions === null)
      throw refused('.contributions', 'an object of numbers', contributions)
    const shares = contributions as Readonly<Record<string, unknown>>
    for (const name in shares)
      if (!Number.isFinite(shares[name])) numeral(`.contributions.${name.slice(0, 40)}`, shares[name])
  }
  const whole = reason !== undefined && contract !== undefined && window !== undefined && isComplete(verdict)
  return whole ? (anomaly as Verdict) : complete(verdict, clock.now())
}

function hasName(model: unknown): boolean {
  return typeof model === 'object' && model !== null && 'name' in model && typeof model.name === 'string'
}

function isComplete({ threshold, pValue, isAnomaly, inSample }: Readonly<Record<string, unknown>>): boolean {
  return threshold !== undefined && pValue !== undefined && isAnomaly !== undefined && inSample !== undefined
}

function complete(verdict: Readonly<Record<string, unknown>>, now: number): Verdict {
  const isAnomaly = verdict['isAnomaly'] === true
  const usual = {
    score: null,
    threshold: null,
    pValue: null,
    isAnomaly: false,
    // Who says so has decided.
    reason: isAnomaly ? 'ANOMALY' : verdict['isAnomaly'] === false ? 'NORMAL' : 'LEARNING',
    inSample: false,
    window: { start: now, end: now },
    contract: SCORES,
  }
  return { ...usual, ...verdict } as Verdict
}

function numberOrNull(name: string, value: unknown, mayLack = false): void {
  if (value === null || Number.isFinite(value) || (mayLack && value === undefined)) return
  throw refused(`.${name}`, 'a finite number or null', value)
}

function numeral(path: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw refused(path, 'a finite number', value)
  return value
}

function numbers(name: string, value: unknown, keys: readonly string[]): void {
  if (typeof value !== 'object' || value === null)
    throw refused(`.${name}`, `an object with ${keys.join(' and ')}`, value)
  for (const key of keys) numeral(`.${name}.${key}`, (value as Readonly<Record<string, unknown>>)[key])
}

function optional(name: string, value: unknown, type: 'boolean' | 'string'): void {
  if (value !== undefined && typeof value !== type)
    throw refused(`.${name}`, type === 'string' ? 'text' : 'true or false', value)
}

function refused(path: string, expected: string, got: unknown): InputError {
  const field = path === 'payload' ? 'msg.payload' : `msg.anomaly${path}`
  return new InputError('frame.badProperty', { field, expected, got: describeValue(got) })
}
