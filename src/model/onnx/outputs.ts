import { InputError } from '../../core/errors'
import type { TensorInfo } from './read'

/** Which outputs of a model are asked for; those with a score and channel errors of its own need no reconstruction. */
export interface OutputPlan {
  readonly score?: string
  readonly channelError?: string
  readonly reconstruction?: string
}

const FLOATS: ReadonlySet<number> = new Set([1, 11])

/**
 * Finds an autoencoder's outputs: `score` and `channel_error` where the file has them folded in, else `reconstruction`, else
 * the only output, else the only one of the input's shape. @throws InputError where that leaves a choice
 */
export function planOutputs(input: TensorInfo, outputs: readonly TensorInfo[], field = 'model'): OutputPlan {
  const floats = outputs.filter((output) => FLOATS.has(output.type))
  const has = (name: string): boolean => floats.some((output) => output.name === name)
  const channelError = has('channel_error') ? 'channel_error' : undefined
  const score = has('score') ? 'score' : undefined
  if (channelError !== undefined) return { channelError, ...(score === undefined ? {} : { score }) }
  const others = floats.filter((output) => output.name !== 'score')
  const alike = others.filter((output) => `${output.dims?.join()}` === `${input.dims?.join()}`)
  const found = others.find((output) => output.name === 'reconstruction') ?? only(others) ?? only(alike)
  if (found === undefined && score === undefined) {
    const names = outputs.map((output) => output.name.slice(0, 40)).join(', ')
    throw new InputError('model.outputUnclear', { field, names: names.slice(0, 200) })
  }
  return {
    ...(score === undefined ? {} : { score }),
    ...(found === undefined ? {} : { reconstruction: found.name }),
  }
}

function only<T>(list: readonly T[]): T | undefined {
  return list.length === 1 ? list[0] : undefined
}
