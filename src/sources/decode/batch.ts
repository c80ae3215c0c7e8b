import { describeValue } from '../../core/describe-value'
import { InputError } from '../../core/errors'
import type { Batch, DecodeResult, DecoderSpec } from './decoder'
import { FIELD } from './decode-text'
import { isObject, ownOf } from './json-shape'

/** Takes batches as they are, from a transport that decodes by itself (I2C chips). No format of the dialog. */
export const batch: Pick<DecoderSpec, 'name' | 'clocks' | 'create'> = {
  name: 'batch',
  clocks: ['device', 'sequence'],
  create: () => ({
    framing: { kind: 'messages' },
    decode(chunk): DecodeResult {
      if (isBatch(chunk)) return { batches: chunk.data.length === 0 ? [] : [chunk], errors: [], bad: 0 }
      const error = new InputError('sources.notFromChip', { field: FIELD, got: describeValue(chunk) })
      return { batches: [], errors: [error], bad: 1 }
    },
  }),
}

function isBatch(value: unknown): value is Batch {
  if (!isObject(value)) return false
  const channels = ownOf(value, 'channels')
  const data = ownOf(value, 'data')
  return (
    Array.isArray(channels) &&
    channels.length > 0 &&
    data instanceof Float64Array &&
    Number.isInteger(data.length / channels.length)
  )
}
