// prettier-ignore
import {
  ATTRIBUTE, DIMENSION, fieldsOf, GRAPH, MODEL, NODE, OPSET, SHAPE, STRING_PAIR, TENSOR, TENSOR_TYPE, TYPE, VALUE_INFO,
} from './schema'
import { MalformedError, varintsOf, type Field } from './wire'

/** A fixed length, or the name of one that is open until the model runs ('?' where it has no name). */
export type Dim = number | string

/** An input or output of a model. */
export interface TensorInfo {
  readonly name: string
  /** ONNX's number of the element type; 1 is 32-bit float. */
  readonly type: number
  /** Undefined where the file states no shape. */
  readonly dims?: readonly Dim[]
}

/** Things that are in a file but that no autoencoder needs. */
export type Suspect =
  'externalData' | 'subgraph' | 'function' | 'training' | 'sparse' | 'typeAttribute' | 'hugeTensor'

/** What is to be known of an ONNX file without running it. */
export interface OnnxModel {
  readonly irVersion: number
  readonly producer: string
  readonly opsets: readonly { readonly domain: string; readonly version: number }[]
  /** Without those inputs that an initializer gives a value to. */
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
  readonly nodes: readonly { readonly op: string; readonly domain: string }[]
  readonly initializers: readonly {
    readonly name: string
    readonly type: number
    readonly dims: readonly number[]
  }[]
  readonly metadata: ReadonlyMap<string, string>
  readonly suspects: ReadonlySet<Suspect>
}

const MAX_ENTRIES = 20_000
const MAX_DIMS = 32
const MAX_TEXT = 65_536
const MAX_METADATA = 1_048_576

/**
 * Reads an ONNX ModelProto. Repeated occurrences of one field are merged as Protocol Buffers does it, so that what is read here
 * is what a runtime reads. Depth and counts are bounded; sub-graphs are noted, not entered.
 * @throws MalformedError
 */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  const draft = new Draft()
  for (const field of fieldsOf(bytes, MODEL, 'the model')) {
    if (field.number === 1) draft.irVersion = field.value
    else if (field.number === 2) draft.producer = text(field)
    else if (field.number === 7) draft.graph(field.bytes)
    else if (field.number === 8) push(draft.opsets, readOpset(field.bytes))
    else if (field.number === 14) draft.meta(field.bytes)
    else if (field.number === 20) draft.suspects.add('training')
    else if (field.number === 25) draft.suspects.add('function')
  }
  if (!draft.hasGraph) throw new MalformedError('it holds no graph')
  return draft.finish()
}

class Draft {
  irVersion = 0
  producer = ''
  hasGraph = false
  readonly opsets: { domain: string; version: number }[] = []
  readonly suspects = new Set<Suspect>()
  private readonly inputs: TensorInfo[] = []
  private readonly outputs: TensorInfo[] = []
  private readonly nodes: { op: string; domain: string }[] = []
  private readonly initializers: { name: string; type: number; dims: readonly number[] }[] = []
  private readonly metadata = new Map<string, string>()

  graph(bytes: Uint8Array): void {
    this.hasGraph = true
    for (const field of fieldsOf(bytes, GRAPH, 'the graph')) {
      if (field.number === 1) push(this.nodes, this.node(field.bytes))
      else if (field.number === 5) push(this.initializers, this.tensor(field.bytes))
      else if (field.number === 11) push(this.inputs, readValueInfo(field.bytes))
      else if (field.number === 12) push(this.outputs, readValueInfo(field.bytes))
      else if (field.number === 15) this.suspects.add('sparse')
    }
  }

  meta(bytes: Uint8Array): void {
    let key = ''
    let value = ''
    for (const field of fieldsOf(bytes, STRING_PAIR, 'the metadata')) {
      if (field.number === 1) key = text(field)
      else value = text(field, MAX_METADATA)
    }
    if (this.metadata.set(key, value).size > 1000) throw new MalformedError('it has too many metadata')
  }

  private node(bytes: Uint8Array): { op: string; domain: string } {
    let op = ''
    let domain = ''
    for (const field of fieldsOf(bytes, NODE, 'a node')) {
      if (field.number === 4) op = text(field)
      else if (field.number === 7) domain = text(field)
      else if (field.number === 5) this.attribute(field.bytes)
    }
    return { op, domain }
  }

  private attribute(bytes: Uint8Array): void {
    for (const field of fieldsOf(bytes, ATTRIBUTE, 'an attribute')) {
      if (field.number === 5 || field.number === 10) this.tensor(field.bytes)
      else if (field.number === 6 || field.number === 11) this.suspects.add('subgraph')
      else if (field.number === 22 || field.number === 23) this.suspects.add('sparse')
      else if (field.number === 14 || field.number === 15) this.suspects.add('typeAttribute')
      else if (field.number === 21) this.suspects.add('function')
    }
  }

  private tensor(bytes: Uint8Array): { name: string; type: number; dims: readonly number[] } {
    let name = ''
    let type = 0
    const dims: number[] = []
    for (const field of fieldsOf(bytes, TENSOR, 'a tensor')) {
      if (field.number === 1) dims.push(...varintsOf(field, MAX_DIMS))
      else if (field.number === 2) type = field.value
      else if (field.number === 8) name = text(field)
      else if (field.number === 13 || (field.number === 14 && field.value !== 0))
        this.suspects.add('externalData')
      if (dims.length > MAX_DIMS) throw new MalformedError('a tensor has too many dimensions')
    }
    if (dims.some((dim) => dim < 0)) throw new MalformedError('a tensor has a negative dimension')
    // The smallest elements have two bits: more of them than fit into the bytes present can only be a trap.
    if (dims.reduce((product, dim) => product * dim, 1) > 4 * bytes.length) this.suspects.add('hugeTensor')
    return { name, type, dims }
  }

  finish(): OnnxModel {
    const given = new Set(this.initializers.map((initializer) => initializer.name))
    const { irVersion, producer, opsets, outputs, nodes, initializers, metadata, suspects } = this
    const inputs = this.inputs.filter((input) => !given.has(input.name))
    return { irVersion, producer, opsets, inputs, outputs, nodes, initializers, metadata, suspects }
  }
}

function readOpset(bytes: Uint8Array): { domain: string; version: number } {
  let domain = ''
  let version = 0
  for (const field of fieldsOf(bytes, OPSET, 'an operator set')) {
    if (field.number === 1) domain = text(field)
    else version = field.value
  }
  return { domain, version }
}

function readValueInfo(bytes: Uint8Array): TensorInfo {
  let name = ''
  let type = 0
  let dims: Dim[] | undefined
  for (const field of fieldsOf(bytes, VALUE_INFO, 'an input or output')) {
    if (field.number === 1) name = text(field)
    if (field.number !== 2) continue
    for (const kind of fieldsOf(field.bytes, TYPE, 'a type')) {
      if (kind.number !== 1) continue
      for (const part of fieldsOf(kind.bytes, TENSOR_TYPE, 'a tensor type')) {
        if (part.number === 1) type = part.value
        else dims = [...(dims ?? []), ...readShape(part.bytes)]
      }
    }
  }
  return { name, type, ...(dims === undefined ? {} : { dims }) }
}

function readShape(bytes: Uint8Array): readonly Dim[] {
  const dims: Dim[] = []
  for (const field of fieldsOf(bytes, SHAPE, 'a shape')) {
    let dim: Dim = '?'
    for (const part of fieldsOf(field.bytes, DIMENSION, 'a dimension')) {
      if (part.number === 1) dim = part.value
      else if (part.number === 2) dim = text(part) || '?'
    }
    if (typeof dim === 'number' && dim < 0) dim = '?'
    if (dims.push(dim) > MAX_DIMS) throw new MalformedError('a shape has too many dimensions')
  }
  return dims
}

function text(field: Field, max = MAX_TEXT): string {
  if (field.bytes.length > max) throw new MalformedError('a name is too long')
  return Buffer.from(field.bytes.buffer, field.bytes.byteOffset, field.bytes.length).toString('utf8')
}

function push<T>(list: T[], entry: T): void {
  if (list.push(entry) > MAX_ENTRIES) throw new MalformedError('it has too many parts')
}
