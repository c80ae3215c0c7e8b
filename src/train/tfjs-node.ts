import { DeviceError } from '../core/errors'
import type { Tf } from './tfjs-trainee'

function isTf(value: unknown): value is Tf {
  return (
    typeof value === 'object' &&
    value !== null &&
    'variableGrads' in value &&
    'layers' in value &&
    'train' in value
  )
}

/**
 * `@tensorflow/tfjs-node`, which the user installs.
 * @param entry path of its entry file
 * @throws DeviceError that says what to do where it does not load
 */
export function loadTfjsNode(entry: string, load: (path: string) => unknown = require): Tf {
  let loaded: unknown
  try {
    loaded = load(entry)
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0]! : String(error)
    throw new DeviceError('train.tfjsDoesNotLoad', { field: 'trainer', reason }, { cause: error })
  }
  if (!isTf(loaded))
    throw new DeviceError('train.tfjsDoesNotLoad', { field: 'trainer', reason: 'it is no TensorFlow.js' })
  return loaded
}
