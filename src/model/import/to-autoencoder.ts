import type { AutoencoderModel } from '../../core/autoencoder/model'
import { readSpec } from '../../core/autoencoder/read-spec'
import type { Loss } from '../../core/autoencoder/spec'
import { InputError } from '../../core/errors'
import type { DenseAutoencoder } from './dense-network'

/**
 * An imported network as a model of our own engine. Its inputs are `steps` rows of a window, row by row (1: a row of features);
 * it takes them as they come, since a scaler of its own is a stage before it. The score is the mean squared or absolute error.
 * @throws InputError where the inputs are not so many whole rows, or the network is beyond the engine's limits
 */
export function toAutoencoderModel(
  network: DenseAutoencoder,
  steps: number,
  loss: Loss,
  field: string,
): AutoencoderModel {
  const columns = network.inputs / steps
  if (!Number.isInteger(columns) || columns < 1) {
    const expected = `a number that divides the network's ${network.inputs} inputs`
    throw new InputError('files.wrongValue', { field, what: 'rows of a window', expected, got: steps })
  }
  const layers = network.layers.map(({ units, activation }) => ({
    type: 'dense' as const,
    units,
    activation,
  }))
  const blocks = network.layers.flatMap(({ kernel, bias }) => [kernel, bias])
  const weights = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0))
  let at = 0
  for (const block of blocks) {
    weights.set(block, at)
    at += block.length
  }
  return {
    spec: readSpec({ kind: 'dense', steps, columns, layers }),
    weights,
    loss,
    offset: new Float32Array(columns),
    factor: new Float32Array(columns).fill(1),
    weight: new Float32Array(columns).fill(1),
  }
}
