import { checkFinite } from '../block'
import { InputError } from '../errors'
import type { Frame } from '../frame'

/** Below, a sum has too few digits to divide by. */
const LEAST_TOTAL = Number.MIN_VALUE / Number.EPSILON

/** Shares of the channels in a score, in objects that are quick to make: each is a copy of one that has all names already. */
export class Shares {
  private readonly template: Readonly<Record<string, number>>

  constructor(private readonly channels: readonly string[]) {
    this.template = Object.fromEntries(channels.map((channel) => [channel, 0.5]))
  }

  /** Parts (≥ 0) of the score, one per channel, as shares that add up to 1; equal shares where all parts are 0. */
  of(parts: readonly number[]): Record<string, number> {
    const { channels } = this
    let total = 0
    for (let c = 0; c < channels.length; c++) total += parts[c]!
    const shares = { ...this.template }
    const isUsable = total > LEAST_TOTAL
    for (let c = 0; c < channels.length; c++)
      shares[channels[c]!] = isUsable ? parts[c]! / total : 1 / channels.length
    return shares
  }

  /** `of` for parts that lie in a longer run of numbers, from `from` on. */
  ofRun(parts: Float32Array | Float64Array, from = 0): Record<string, number> {
    const { channels } = this
    let total = 0
    for (let c = 0; c < channels.length; c++) total += parts[from + c]!
    const shares = { ...this.template }
    const isUsable = total > LEAST_TOTAL
    for (let c = 0; c < channels.length; c++)
      shares[channels[c]!] = isUsable ? parts[from + c]! / total : 1 / channels.length
    return shares
  }
}

/** The error for a frame whose score is not finite. @param deviation how far the value at an index of its data lies out */
export function notScorable(frame: Frame, deviation: (index: number) => number): Error {
  try {
    checkFinite(frame)
  } catch (error) {
    if (error instanceof InputError) return error
  }
  let worst = 0
  for (let i = 0; i < frame.data.length; i++)
    if (!(Math.abs(deviation(i)) <= Math.abs(deviation(worst)))) worst = i
  const channel = frame.channels[worst % frame.channels.length]!
  return new InputError('detector.overflow', {
    field: 'msg.payload',
    channel,
    got: String(frame.data[worst]),
  })
}
