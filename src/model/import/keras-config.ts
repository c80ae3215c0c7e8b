import { InputError } from '../../core/errors'
import { DocumentReader } from '../document'
import { IMPORTED_ACTIVATIONS, type ImportedActivation } from './dense-network'

/** A dense layer as the architecture describes it; its weights are under its name. */
export interface DenseConfig {
  readonly name: string
  readonly units: number
  readonly activation: ImportedActivation
  readonly hasBias: boolean
}

const MAX_LAYERS = 256
/** Layers that do nothing once a network is trained. */
const IDLE_LAYERS: ReadonlySet<string> = new Set([
  'InputLayer',
  'Dropout',
  'AlphaDropout',
  'GaussianNoise',
  'GaussianDropout',
  'ActivityRegularization',
])

/**
 * The dense layers of a Keras architecture (`model_config`) in the order in which they follow one another: a Sequential, or a
 * Functional model in which each layer feeds the next. Layers that are idle after training are left out.
 * @throws InputError for any other layer, activation or branch
 */
export function readKerasConfig(config: unknown, field: string): readonly DenseConfig[] {
  const model = new DocumentReader(`${field} (model_config)`, config)
  const kind = model.at('class_name').choice(['Sequential', 'Functional', 'Model'])
  const content = model.at('config')
  // The oldest Sequential models keep the list of layers itself here.
  const layers = (content.isList() ? content : content.at('layers')).list(MAX_LAYERS)
  const dense: DenseConfig[] = []
  let before: string | undefined
  for (const layer of layers) {
    const className = layer.at('class_name').text(200)
    const settings = layer.at('config')
    const name = settings.optional('name')?.text(200) ?? layer.at('name').text(200)
    if (kind !== 'Sequential') checkFollows(layer, name, before, field)
    before = name
    if (className === 'Dense') dense.push(readDense(settings, name, field))
    else if (className === 'Activation')
      activateLast(dense, readActivation(settings.at('activation'), name, field), field)
    else if (!IDLE_LAYERS.has(className)) throw unsupported(field, `the layer ${className} (${name})`)
  }
  return dense
}

function readDense(settings: DocumentReader, name: string, field: string): DenseConfig {
  return {
    name,
    units: settings.at('units').whole(1, 1_000_000),
    activation: readActivation(settings.at('activation'), name, field),
    hasBias: settings.optional('use_bias')?.any() !== false,
  }
}

function readActivation(setting: DocumentReader, name: string, field: string): ImportedActivation {
  const text = setting.any() === null ? 'linear' : setting.text(200)
  const activation = IMPORTED_ACTIVATIONS.find((each) => each === text)
  if (activation === undefined) throw unsupported(field, `the activation ${text.slice(0, 40)} (${name})`)
  return activation
}

/** An activation that is a layer of its own belongs to the dense layer before it. */
function activateLast(dense: DenseConfig[], activation: ImportedActivation, field: string): void {
  const last = dense.pop()
  if (last === undefined || last.activation !== 'linear')
    throw unsupported(field, 'an activation that no dense layer precedes')
  dense.push({ ...last, activation })
}

/** A layer of a Functional model takes exactly what the layer before it gives. */
function checkFollows(layer: DocumentReader, name: string, before: string | undefined, field: string): void {
  const nodes = layer.at('inbound_nodes').list(8)
  if (before === undefined && nodes.length === 0) return
  if (nodes.length !== 1 || sourceOf(nodes[0]!) !== before) throw unsupported(field, `a branch (at ${name})`)
}

/** The layer that a node takes its input from: `[["name", 0, 0, {}]]` in Keras 2, `keras_history` in Keras 3. */
function sourceOf(node: DocumentReader): string | undefined {
  if (node.isList()) {
    const inputs = node.list(8)
    return inputs.length === 1 ? inputs[0]!.list(8)[0]?.text(200) : undefined
  }
  const args = node.at('args').list(8)
  if (args.length !== 1 || args[0]!.isList()) return undefined
  return args[0]!.at('config').at('keras_history').list(3)[0]?.text(200)
}

function unsupported(field: string, what: string): InputError {
  const hint = 'dense autoencoders are read, in a single chain; export others to ONNX'
  return new InputError('files.unsupported', { field, what, hint })
}
