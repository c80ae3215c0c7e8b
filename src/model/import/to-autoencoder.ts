import type { AutoencoderModel } from '../../core/autoencoder/model'
import { readSpec } from '../../core/autoencoder/read-spec'
import type { Loss } from '../../core/autoencoder/spec'
import { InputError } from '../../core/errors'
import { checkNames } from '../../core/read-table'
import type { DenseAutoencoder } from './dense-network'

/**
 * An imported network as a model of our own engine. `channels` names the columns of a window; with fewer of them than inputs a
 * window has several rows, which the network takes row by row. It takes them as they come, since a scaler of its own is a stage
 * before it. The score is the mean squared or absolute error.
 * @throws InputError where the inputs are not whole rows of these channels, or the network is beyond the engine's limits
 */
export function toAutoencoderModel(
  network: DenseAutoencoder,
  channels: readonly string[],
  loss: Loss,
  field: string,
): AutoencoderModel {
  checkNames(channels, `${field} (channels)`)
  const columns = channels.length
  const steps = network.inputs / columns
  if (!Number.isInteger(steps)) {
    const expected = `names for the network's ${network.inputs} inputs, or for whole rows of them`
    throw new InputError('files.wrongValue', { field, what: 'channels', expected, got: `${columns} names` })
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
    channels: [...channels],
    spec: readSpec({ kind: 'dense', steps, columns, layers }),
    weights,
    loss,
    offset: new Float32Array(columns),
    factor: new Float32Array(columns).fill(1),
    weight: new Float32Array(columns).fill(1),
  }
}
