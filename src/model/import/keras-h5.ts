import { InputError } from '../../core/errors'
import { BoundedBytes } from './bounded-bytes'
import {
  checkAutoencoder,
  MAX_WEIGHTS,
  type DenseAutoencoder,
  type ImportedDenseLayer,
} from './dense-network'
import { Hdf5Object } from './hdf5'
import { readKerasConfig, type DenseConfig } from './keras-config'

/** Groups within a layer's group: Keras puts the layer's, or the model's and the layer's, name once more. */
const MAX_DEPTH = 4

/**
 * Reads a dense autoencoder that Keras saved as `.h5` (`model.save('model.h5')`): layers and activations from the attribute
 * `model_config`, weights from `/model_weights/<layer>/…/kernel` and `bias` (Keras 3) or `kernel:0` and `bias:0` (Keras 2).
 * @throws InputError
 */
export function readKerasH5(bytes: Uint8Array, field: string): DenseAutoencoder {
  const root = Hdf5Object.open(new BoundedBytes(bytes, field))
  const configs = readKerasConfig(readConfig(root, field), field)
  const groups = root.children().get('model_weights')?.children()
  if (groups === undefined) {
    throw new InputError('files.lacks', {
      field,
      what: 'group model_weights',
      hint: 'save the whole model with model.save',
    })
  }
  let room = MAX_WEIGHTS
  const layers = configs.map((config) => {
    const group = groups.get(config.name)
    if (group === undefined) {
      throw new InputError('files.lacks', {
        field,
        what: `weights of ${config.name}`,
        hint: 'save the whole model with model.save',
      })
    }
    const layer = readLayer(config, group, room, field)
    room -= layer.kernel.length + layer.bias.length
    return layer
  })
  const first = layers[0]
  return checkAutoencoder(
    { inputs: first === undefined ? 0 : first.kernel.length / first.units, layers },
    field,
  )
}

function readConfig(root: Hdf5Object, field: string): unknown {
  const text = root.attribute('model_config')?.[0]
  if (text === undefined) {
    const hint = 'the file holds weights alone; save the whole model with model.save'
    throw new InputError('files.lacks', { field, what: 'attribute model_config', hint })
  }
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new InputError(
      'files.notThatKind',
      { field: `${field} (model_config)`, expected: 'JSON' },
      { cause: error },
    )
  }
}

function readLayer(config: DenseConfig, group: Hdf5Object, room: number, field: string): ImportedDenseLayer {
  const place = `${field} (${config.name})`
  const weights = new Map<string, Hdf5Object>()
  collect(group, weights, place, 0)
  const kernel = weights.get('kernel')?.floats(`${config.name}/kernel`, room)
  const bias = config.hasBias ? weights.get('bias')?.floats(`${config.name}/bias`, room) : undefined
  if (kernel === undefined || (config.hasBias && bias === undefined)) {
    throw new InputError('files.lacks', {
      field: place,
      what: 'kernel or bias',
      hint: 'save the whole model with model.save',
    })
  }
  if (kernel.extents.length !== 2 || kernel.extents[1] !== config.units) {
    const got = `${kernel.extents.join(' × ')} values`
    throw new InputError('files.wrongValue', {
      field: place,
      what: 'kernel',
      expected: `inputs × ${config.units} values`,
      got,
    })
  }
  const { units, activation } = config
  return { units, activation, kernel: kernel.data, bias: bias?.data ?? new Float32Array(units) }
}

/** The datasets below a layer's group by their last name, which Keras 2 ends with `:0`. */
function collect(group: Hdf5Object, weights: Map<string, Hdf5Object>, field: string, depth: number): void {
  for (const [name, child] of group.children()) {
    if (!child.isDataset) {
      if (depth < MAX_DEPTH) collect(child, weights, field, depth + 1)
      continue
    }
    const plain = name.replace(/:0$/, '')
    if (weights.has(plain)) throw new InputError('files.twice', { field, name: plain.slice(0, 60) })
    weights.set(plain, child)
  }
}
