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

export interface OnnxNode {
  readonly op: string
  readonly domain: string
  /** Names of the values that it takes and gives; '' for one that is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** What a Constant holds, where that is a few whole numbers. */
  readonly constant?: readonly number[]
}

export interface OnnxConstant {
  readonly name: string
  readonly type: number
  readonly dims: readonly number[]
  /** Of a few whole numbers: such as are lengths of dimensions. */
  readonly values?: readonly number[]
}

/** What is to be known of an ONNX file without running it. */
export interface OnnxModel {
  readonly irVersion: number
  readonly producer: string
  readonly opsets: readonly { readonly domain: string; readonly version: number }[]
  /** Without those inputs that an initializer gives a value to. */
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
  /** In the order in which they are worked on. */
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxConstant[]
  readonly metadata: ReadonlyMap<string, string>
  readonly suspects: ReadonlySet<Suspect>
}

const MAX_ENTRIES = 20_000
const MAX_DIMS = 32
/** A longer list is not the lengths of dimensions. */
const MAX_LENGTHS_BYTES = 10 * MAX_DIMS
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
  private readonly nodes: OnnxNode[] = []
  private readonly initializers: OnnxConstant[] = []
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

  private node(bytes: Uint8Array): OnnxNode {
    let op = ''
    let domain = ''
    let constant: readonly number[] | undefined
    const [inputs, outputs]: [string[], string[]] = [[], []]
    for (const field of fieldsOf(bytes, NODE, 'a node')) {
      if (field.number === 1) push(inputs, text(field))
      else if (field.number === 2) push(outputs, text(field))
      else if (field.number === 4) op = text(field)
      else if (field.number === 7) domain = text(field)
      else if (field.number === 5) constant = this.attribute(field.bytes) ?? constant
    }
    return {
      op,
      domain,
      inputs,
      outputs,
      ...(op === 'Constant' && constant !== undefined ? { constant } : {}),
    }
  }

  /** @returns the whole numbers that it holds, where it holds a few */
  private attribute(bytes: Uint8Array): readonly number[] | undefined {
    let values: readonly number[] | undefined
    const listed: number[] = []
    for (const field of fieldsOf(bytes, ATTRIBUTE, 'an attribute')) {
      if (field.number === 5) values = this.tensor(field.bytes).values
      else if (field.number === 3) values = [field.value]
      else if (field.number === 8 && listed.length < MAX_DIMS && field.bytes.length <= MAX_LENGTHS_BYTES)
        listed.push(...varintsOf(field, MAX_ENTRIES))
      else if (field.number === 10) this.tensor(field.bytes)
      else if (field.number === 6 || field.number === 11) this.suspects.add('subgraph')
      else if (field.number === 22 || field.number === 23) this.suspects.add('sparse')
      else if (field.number === 14 || field.number === 15) this.suspects.add('typeAttribute')
      else if (field.number === 21) this.suspects.add('function')
    }
    return values ?? (listed.length > 0 ? listed : undefined)
  }

  private tensor(bytes: Uint8Array): OnnxConstant {
    let name = ''
    let type = 0
    const dims: number[] = []
    const listed: Field[] = []
    for (const field of fieldsOf(bytes, TENSOR, 'a tensor')) {
      if (field.number === 1) dims.push(...varintsOf(field, MAX_DIMS))
      else if (field.number === 2) type = field.value
      else if (field.number === 8) name = text(field)
      else if (field.number === 5 || field.number === 7 || field.number === 9) listed.push(field)
      else if (field.number === 13 || (field.number === 14 && field.value !== 0))
        this.suspects.add('externalData')
      if (dims.length > MAX_DIMS) throw new MalformedError('a tensor has too many dimensions')
    }
    if (dims.some((dim) => dim < 0)) throw new MalformedError('a tensor has a negative dimension')
    // The smallest elements have two bits: more of them than fit into the bytes present can only be a trap.
    if (dims.reduce((product, dim) => product * dim, 1) > 4 * bytes.length) this.suspects.add('hugeTensor')
    const values = isShort(type, dims) ? wholeNumbers(type, listed) : undefined
    return { name, type, dims, ...(values === undefined ? {} : { values }) }
  }

  finish(): OnnxModel {
    const given = new Set(this.initializers.map((initializer) => initializer.name))
    const { irVersion, producer, opsets, outputs, nodes, initializers, metadata, suspects } = this
    const inputs = this.inputs.filter((input) => !given.has(input.name))
    return { irVersion, producer, opsets, inputs, outputs, nodes, initializers, metadata, suspects }
  }
}

/** Numbers of ONNX's types of whole numbers, with their bytes. */
const WHOLE: ReadonlyMap<number, 4 | 8> = new Map([
  [6, 4],
  [7, 8],
])

/** True for a constant that may be a list of lengths. */
function isShort(type: number, dims: readonly number[]): boolean {
  return WHOLE.has(type) && dims.reduce((product, dim) => product * dim, 1) <= MAX_DIMS
}

/** The values of a tensor of whole numbers, stated one by one or as raw little-endian bytes. */
function wholeNumbers(type: number, fields: readonly Field[]): readonly number[] {
  const size = WHOLE.get(type) ?? 8
  return fields.flatMap((field) => {
    if (field.number !== 9) return varintsOf(field, MAX_ENTRIES)
    const { buffer, byteOffset, byteLength } = field.bytes
    const view = new DataView(buffer, byteOffset, byteLength)
    return Array.from({ length: Math.floor(byteLength / size) }, (_, i) =>
      size === 4 ? view.getInt32(4 * i, true) : Number(view.getBigInt64(8 * i, true)),
    )
  })
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
