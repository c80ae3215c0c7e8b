import { InputError } from '../../core/errors'
import { guardOnnx } from '../onnx/guard'
import { BoundedBytes, textOf } from './bounded-bytes'
import { hasCBytes } from './c-header'
import { HDF5_MAGIC } from './hdf5'
import { NPY_MAGIC } from './npy'
import { isNpz } from './npz'
import { SENSAD_TYPE } from './sensad'
import { TFLITE_MAGIC } from './tflite'
import { readZipDirectory, ZIP_MAGIC } from './zip'

/** Formats that are told apart; those behind `unknown` are recognised so that the user can be told what to do instead. */
export const FORMATS = [
  'pickle',
  'npz',
  'mahalanobis-header',
  'tflite-header',
  'sensad-baseline',
  'keras-h5',
  'tflite',
  'onnx',
  'bundle',
  'unknown',
  'npy',
  'table',
  'sensad-meta',
  'keras-zip',
  'torch-zip',
] as const
export type FileFormat = (typeof FORMATS)[number]

/** Largest text that is looked into, and largest archive directory. */
const MAX_TEXT = 8_388_608
const MAX_ENTRIES = 20_000
/** How far a text is searched for what it is. */
const HEAD = 65_536
/** What compressed pickles begin with: zlib, gzip, and what else joblib may use, whose reader says that it cannot. */
const PACKED: readonly (readonly number[])[] = [
  [0x78],
  [0x1f, 0x8b],
  [0x42, 0x5a, 0x68],
  [0xfd, 0x37, 0x7a, 0x58],
  [0x5d, 0x00, 0x00],
  [0x04, 0x22, 0x4d, 0x18],
  [0x5a, 0x46],
]

/**
 * The format of a file by what it begins with and holds; its name counts only where the content could be several things.
 * Never throws.
 */
export function detectFile(name: string, bytes: Uint8Array): FileFormat {
  const file = new BoundedBytes(bytes, name)
  if (file.has(0, HDF5_MAGIC)) return 'keras-h5'
  if (file.has(0, NPY_MAGIC)) return 'npy'
  if (file.has(4, TFLITE_MAGIC)) return 'tflite'
  if (file.has(0, ZIP_MAGIC)) return detectZip(bytes, name)
  if (bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5) return 'pickle'
  if (isOnnx(bytes)) return 'onnx'
  const text = detectText(bytes)
  if (text !== 'unknown') return text
  if (/\.onnx$/i.test(name)) return 'onnx'
  if (/\.(pkl|pickle|joblib)$/i.test(name)) return 'pickle'
  if (/\.(csv|tsv|txt|ndjson|jsonl)$/i.test(name) && isTable(bytes)) return 'table'
  return !isText(bytes) && PACKED.some((magic) => magic.every((byte, i) => bytes[i] === byte))
    ? 'pickle'
    : 'unknown'
}

function detectZip(bytes: Uint8Array, name: string): FileFormat {
  try {
    const entries = readZipDirectory(bytes, name, MAX_ENTRIES)
    if (entries.some((entry) => entry.name === 'bundle.json')) return 'bundle'
    if (isNpz(entries)) return 'npz'
    if (entries.some((entry) => entry.name === 'model.weights.h5')) return 'keras-zip'
    if (entries.some((entry) => /(^|\/)data\.pkl$/.test(entry.name))) return 'torch-zip'
    return 'unknown'
  } catch (error) {
    if (error instanceof InputError) return 'npz'
    throw error
  }
}

/** ONNX has no magic number: a sound model is one, and what is refused for another reason than its form. */
function isOnnx(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x08) return false
  try {
    guardOnnx(bytes)
    return true
  } catch (error) {
    return error instanceof InputError && error.key !== 'model.onnxMalformed'
  }
}

function detectText(bytes: Uint8Array): FileFormat {
  if (bytes.length > MAX_TEXT || !isText(bytes)) return 'unknown'
  const head = textOf(bytes.subarray(0, HEAD))
  if (/^\s{0,100}\{/.test(head)) {
    if (head.includes(`"${SENSAD_TYPE}"`)) return 'sensad-baseline'
    return head.includes('"n_rows"') && head.includes('"device"') ? 'sensad-meta' : 'unknown'
  }
  if (/\bmodel_inv_cov\[/.test(head)) return 'mahalanobis-header'
  return hasCBytes(head) ? 'tflite-header' : 'unknown'
}

function isTable(bytes: Uint8Array): boolean {
  return isText(bytes) && /[,;\t]/.test(textOf(bytes.subarray(0, HEAD)))
}

function isText(bytes: Uint8Array): boolean {
  return (
    bytes.length > 0 &&
    bytes.subarray(0, 1024).every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13)
  )
}
