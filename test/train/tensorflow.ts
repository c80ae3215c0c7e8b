import '@tensorflow/tfjs-backend-cpu'
import * as core from '@tensorflow/tfjs-core'
import { layers } from '@tensorflow/tfjs-layers'
import type { Tf } from '../../src/train/tfjs-trainee'

/** TensorFlow.js on its pure back end, with the API of tfjs-node. */
export async function pureTensorFlow(): Promise<Tf> {
  await core.setBackend('cpu')
  return { ...core, layers }
}
