import { InputError } from '../../core/errors'
import type { MessageKey } from '../../core/messages'
import { ALLOWED_OPERATORS, OWN_DOMAINS } from './operators'
import { readOnnx, type OnnxModel, type Suspect } from './read'
import { checkSizes } from './sizes'
import { MalformedError } from './wire'

/** Largest model that is taken, bytes. */
export const MAX_ONNX_BYTES = 64 * 1024 * 1024

const REFUSALS: Readonly<Record<Suspect, MessageKey>> = {
  externalData: 'model.onnxExternal',
  subgraph: 'model.onnxSubgraph',
  function: 'model.onnxFunction',
  training: 'model.onnxTraining',
  sparse: 'model.onnxSparse',
  typeAttribute: 'model.onnxSubgraph',
  hugeTensor: 'model.onnxHuge',
}

/**
 * Checks an ONNX file before anything native sees it, and gives back what it says of itself. Refused: data in other files
 * (which may be any file of this machine), graphs within graphs, functions, operators that no autoencoder needs, anything too
 * large or malformed. @throws InputError that says in plain words what to do
 */
export function guardOnnx(bytes: Uint8Array, field = 'model.onnx'): OnnxModel {
  if (bytes.length === 0) throw new InputError('model.onnxEmpty', { field })
  if (bytes.length > MAX_ONNX_BYTES) throw new InputError('model.onnxTooLarge', { field, max: '64 MB' })
  let model: OnnxModel
  try {
    model = readOnnx(bytes)
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    throw new InputError('model.onnxMalformed', { field, reason: error.message }, { cause: error })
  }
  for (const suspect of model.suspects) throw new InputError(REFUSALS[suspect], { field })
  for (const { domain } of model.opsets) if (!OWN_DOMAINS.has(domain)) checkUnused(model, domain, field)
  if (!model.opsets.some(({ domain, version }) => OWN_DOMAINS.has(domain) && version >= 1)) {
    throw new InputError('model.onnxMalformed', { field, reason: 'it names no version of its operators' })
  }
  for (const { op, domain } of model.nodes) {
    if (!OWN_DOMAINS.has(domain))
      throw new InputError('model.onnxDomain', { field, op: shown(op), domain: shown(domain) })
    if (!ALLOWED_OPERATORS.has(op)) throw new InputError('model.onnxOperator', { field, op: shown(op) })
  }
  if (model.inputs.length === 0 || model.outputs.length === 0) {
    throw new InputError('model.onnxMalformed', { field, reason: 'it has no input or no output' })
  }
  checkSizes(model, field)
  return model
}

/** Runtimes that save optimised models name their own operators' domains even where they use none: known ones do no harm. */
const HARMLESS =
  /^(ai\.onnx\.(ml|training|preview\.training)|com\.microsoft(\.[a-z]+)?|com\.ms\.internal\.nhwc|org\.pytorch\.aten)$/

function checkUnused(model: OnnxModel, domain: string, field: string): void {
  if (HARMLESS.test(domain)) return
  const op = model.nodes.find((node) => node.domain === domain)?.op ?? '-'
  throw new InputError('model.onnxDomain', { field, op: shown(op), domain: shown(domain) })
}

function shown(text: string): string {
  return text.slice(0, 60).replace(/[\u0000-\u001f\u007f]/g, '?')
}
