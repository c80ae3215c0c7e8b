import { LOSSES, type Loss } from '../core/autoencoder/spec'
import { hashOf, sameContract } from '../core/contract'
import { InputError } from '../core/errors'
import { isEmpty, readChoice, readNames, readNumber, readText, readWhole } from '../core/read-settings'
import { readScaler } from '../core/scalers/scaler-model'
import type { Calibration } from '../model/bundle'
import { openModel } from '../model/engines/choose'
import type { Engine } from '../model/engines/engine'
import { givenThreshold } from '../model/import/given-threshold'
import { importFile, type ImportedFile } from '../model/import/import-file'
import { toPart, type ForeignFile } from '../model/import/to-part'
import { contractAfter } from '../model/named-part'
import { LAYOUTS, type Layout } from '../model/onnx/layout'
import { isOnnxPart, loadOnnxPart } from '../model/onnx/onnx-part'
import type { Arriving, LearnerAtWork, ModelStore } from './model-store'
import { streamKey, type StreamKey } from './streams'

/** What the user says of a file. */
export interface ImportWishes {
  readonly file: string
  /** The stream it is for; may be left out where there is only one. */
  readonly stream?: StreamKey
  /** Names of the file's columns in its order, where the user wants them compared with those that arrive. */
  readonly columns?: readonly string[]
  readonly loss: Loss
  readonly layout: Layout | 'auto'
  readonly threshold?: number
  /** Rows that the file's model was learned from, where a file beside it says so. */
  readonly learnedFrom?: number
}

/** What was taken in. */
export interface Imported {
  readonly streams: readonly StreamKey[]
  /** Of a file of another program: what it is now, and what it works on. */
  readonly kind?: string
  readonly columns?: readonly string[]
  readonly rows?: number
  readonly threshold?: number
}

/** The node that works with a file's content, and how its contract line begins. */
const TAKERS = {
  scaler: { word: 'scaler', node: 'scaler' },
  mahalanobis: { word: 'mahalanobis', node: 'mahalanobis' },
  'robust-z': { word: 'robust-z', node: 'robust-z' },
  'dense-autoencoder': { word: 'autoencoder', node: 'onnx-autoencoder' },
  onnx: { word: 'autoencoder', node: 'onnx-autoencoder' },
} as const satisfies Record<ForeignFile['kind'], { word: string; node: string }>

/** How the node of a learning stage is called in the palette. */
export function nodeOf(line: string): string {
  const [first = ''] = line.split(' ')
  return Object.values(TAKERS).find(({ word }) => word === first)?.node ?? first
}

/** Reads the query of an import. @throws ConfigError, InputError that name what is wrong */
export function readWishes(query: Readonly<Record<string, unknown>>): ImportWishes {
  const columns = readNames('columns', query['columns'])
  const { topic, context } = query
  return {
    file: readText('file', query['file'], 'file').slice(0, 200),
    ...(typeof topic === 'string'
      ? { stream: streamKey(topic, typeof context === 'string' ? context : undefined) }
      : {}),
    ...(columns.length === 0 ? {} : { columns }),
    loss: readChoice('loss', query['loss'], LOSSES, 'mse'),
    layout: readChoice('layout', query['layout'], ['auto', ...LAYOUTS] as const, 'auto'),
    ...(isEmpty(query['threshold'])
      ? {}
      : { threshold: readNumber('threshold', query['threshold'], { min: 0 }) }),
    ...(isEmpty(query['learnedFrom'])
      ? {}
      : { learnedFrom: readWhole('n_rows', query['learnedFrom'], { min: 0, max: Number.MAX_SAFE_INTEGER }) }),
  }
}

/**
 * Takes a file into a bundle: a model exported here as it is, a file of another program as a part that works on just what reaches
 * its node now. It becomes the next version; earlier ones stay for rollback. Everything is checked before anything is written.
 * @throws InputError that names the file or field and says what to do, DeviceError where no engine runs an ONNX file
 */
export async function importInto(
  store: ModelStore,
  name: string,
  bytes: Uint8Array,
  wishes: ImportWishes,
  now: number,
  engines: readonly Engine[],
): Promise<Imported> {
  const content = importFile(wishes.file, bytes)
  const bundle = store.bundle(name)
  const imported =
    content.kind === 'bundle'
      ? { streams: await bundle.importBundle(content.bytes) }
      : await importPart(store, name, content, wishes, now, engines)
  store.changed(name)
  return imported
}

async function importPart(
  store: ModelStore,
  name: string,
  content: Exclude<ImportedFile, { kind: 'bundle' }>,
  { file, stream: wanted, columns: named, loss, layout, threshold: given, learnedFrom }: ImportWishes,
  time: number,
  engines: readonly Engine[],
): Promise<Imported> {
  const { stream, contract: input, columns, rows } = placeOf(store, name, content, file, wanted)
  if (named !== undefined && !sameContract(named, columns)) {
    const [expected, got] = [columns, named].map((each) => each.join(', ')) as [string, string]
    throw new InputError('files.wrongValue', { field: file, what: 'columns', expected, got })
  }
  const part = toPart(content, { file, columns, rows, isNamed: true, input, loss, layout, learnedFrom })
  if (isOnnxPart(part)) await scoreOnce(part, columns, rows, engines)
  const contract = contractAfter(part)
  const threshold = part.role === 'scaler' ? undefined : givenThreshold(content, given)
  const calibration =
    threshold === undefined ? {} : { calibration: { ...threshold, contract } as Calibration }
  const { report } = part
  await store.bundle(name).extend(stream, { contract, complete: true, ...calibration, report, time }, part)
  return {
    streams: [stream],
    kind: part.kind,
    columns,
    rows,
    ...(threshold === undefined ? {} : { threshold: threshold.threshold }),
  }
}

/** Has an ONNX file score a window of zeros: what cannot be run here is not taken in. @throws InputError, DeviceError as to why */
async function scoreOnce(
  part: Parameters<typeof loadOnnxPart>[0],
  channels: readonly string[],
  rows: number,
  engines: readonly Engine[],
): Promise<void> {
  const model = loadOnnxPart(part, (bytes) => openModel(engines, bytes))
  try {
    await model.apply([{ channels, start: 0, data: new Float32Array(rows * channels.length) }])
  } catch (error) {
    // Zeros may be far outside of what it was trained on: then no number says nothing.
    if (!(error instanceof InputError && error.key === 'model.outputNotFinite')) throw error
  } finally {
    model.dispose()
  }
}

/** What reaches the node that a file is for; behind a scaler, with the scaler that is in use now. */
function placeOf(
  store: ModelStore,
  name: string,
  { kind }: ForeignFile,
  field: string,
  wanted: StreamKey | undefined,
): Arriving {
  const { word, node } = TAKERS[kind]
  const learners = store.learners(name)
  const takers = learners.filter(({ line }) => line.split(' ')[0] === word)
  if (takers.length === 0) throw new InputError('model.noTaker', { field, node })
  const scalers = kind === 'scaler' ? [] : learners.filter(({ role }) => role === 'scaler')
  const arriving = arrivingAt(takers)
  const scaled = arrivingAt(scalers)
  const stream = choose([...arriving, ...scaled], wanted, field, node)
  const own = arriving.find((each) => isStream(each.stream, stream))
  const ownScaler = own?.contract.findIndex(isScaler) ?? -1
  if (own !== undefined && (scalers.length === 0 || ownScaler < 0)) return own

  const known = store.bundle(name).current(stream)?.contract ?? []
  const at = known.findIndex(isScaler)
  if (at < 0) throw new InputError('model.scalerFirst', { field })
  const before = known.slice(0, at + 1)
  if (own !== undefined) return { ...own, contract: [...before, ...own.contract.slice(ownScaler + 1)] }
  const rows = scaled.find((each) => isStream(each.stream, stream))?.rows
  if (rows === undefined) throw new InputError('model.nothingArrived', { field, node })
  const { channels } = readScaler(store.bundle(name).load(hashOf(known[at]!)!).body)
  return { stream, contract: before, columns: channels, rows }
}

function arrivingAt(learners: readonly LearnerAtWork[]): readonly Arriving[] {
  return learners.flatMap((learner) => learner.arriving())
}

function isScaler(line: string): boolean {
  return line.startsWith('scaler ') && hashOf(line) !== undefined
}

function isStream(a: StreamKey, b: StreamKey): boolean {
  return a.topic === b.topic && a.context === b.context
}

function choose(
  arriving: readonly Arriving[],
  wanted: StreamKey | undefined,
  field: string,
  node: string,
): StreamKey {
  const [first] = arriving
  if (first === undefined) throw new InputError('model.nothingArrived', { field, node })
  const streams = [...new Set(arriving.map(({ stream }) => nameOf(stream)))].slice(0, 20).join(', ')
  if (wanted === undefined) {
    if (arriving.every(({ stream }) => isStream(stream, first.stream))) return first.stream
    throw new InputError('model.whichStream', { field, node, streams })
  }
  if (!arriving.some(({ stream }) => isStream(stream, wanted)))
    throw new InputError('model.noSuchStream', { field, node, got: nameOf(wanted), streams })
  return wanted
}

function nameOf({ topic, context }: StreamKey): string {
  return context === undefined ? `"${topic}"` : `"${topic}" (${context})`
}
