import { InputError } from '../../core/errors'
import { checkNames, MAX_CHANNELS } from '../../core/read-table'
import { inflateGzip, inflateZlib } from './inflate'
import { PickleReader } from './pickle'
import { ARRAY_NAMES, attribute, numberOf, numbersOf, takeInlineArray, textsOf } from './pickled-arrays'
import { PickleCall, PickleList, PickleTuple, type PickleValue } from './pickle-values'

/**
 * A scaler fitted by scikit-learn. Column i of the output is (x − center[i]) / scale[i] + offset, which is then clipped to
 * `range` where `clip` is set. (`MinMaxScaler` itself reckons x · scale_ + min_; the difference is rounding.)
 */
export interface ImportedScaler {
  readonly method: 'standard' | 'minmax' | 'robust'
  /** Names of the columns, where the scaler was fitted on a table with names. */
  readonly channels?: readonly string[]
  readonly columns: number
  readonly center: Float64Array
  readonly scale: Float64Array
  readonly offset: number
  /** Of a min-max scaler: the output of the smallest and of the largest value that was learned from. */
  readonly range?: readonly [number, number]
  readonly clip: boolean
}

const MODULES = ['sklearn.preprocessing._data', 'sklearn.preprocessing.data']
const METHODS = { MinMaxScaler: 'minmax', StandardScaler: 'standard', RobustScaler: 'robust' } as const
const CLASSES: ReadonlyMap<string, ImportedScaler['method']> = new Map(
  MODULES.flatMap((module) =>
    Object.entries(METHODS).map(([name, method]) => [`${module}.${name}`, method] as const),
  ),
)
const NAMES: ReadonlySet<string> = new Set([...CLASSES.keys(), ...ARRAY_NAMES])

/** Most bytes of a scaler's file, unpacked. */
const MAX_BYTES = 8_388_608

/** What other compressions of joblib begin with. */
const COMPRESSIONS: readonly (readonly [string, readonly number[]])[] = [
  ['bz2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58]],
  ['lzma', [0x5d, 0x00]],
  ['lz4', [0x04, 0x22, 0x4d, 0x18]],
  ['an old joblib', [0x5a, 0x46]],
]

/**
 * Reads a MinMaxScaler, StandardScaler or RobustScaler of scikit-learn that joblib (plain, zlib or gzip) or pickle (protocol 2 to 5)
 * wrote. The file is read as data: no class is imported and no call carried out, any other class is refused.
 * @throws InputError
 */
export function readSklearnScaler(bytes: Uint8Array, field: string): ImportedScaler {
  const plain = unpackPickle(bytes, field)
  const root = new PickleReader(plain, {
    field,
    names: NAMES,
    onState: (call, reader) => takeInlineArray(call, reader, field),
  }).read()
  const method = root instanceof PickleCall ? CLASSES.get(root.callable) : undefined
  if (method === undefined) {
    throw new InputError('files.notThatKind', { field, expected: 'a scaler of scikit-learn on its own' })
  }
  const get = (name: string): PickleValue | undefined => attribute((root as PickleCall).state, name)
  const read = { minmax: readMinMax, standard: readStandard, robust: readRobust }[method]
  const scaler = { method, ...named(get, field), ...read(get, field) }
  checkScaler(scaler, get, field)
  return scaler
}

/** The pickle within a joblib file, whether it is compressed or not. @throws InputError */
export function unpackPickle(bytes: Uint8Array, field: string): Uint8Array {
  for (const [name, magic] of COMPRESSIONS) {
    if (magic.every((byte, i) => bytes[i] === byte)) {
      const hint = 'save it with joblib.dump(scaler, name), without compress'
      throw new InputError('files.unsupported', { field, what: `compression with ${name}`, hint })
    }
  }
  const plain =
    bytes[0] === 0x1f && bytes[1] === 0x8b
      ? inflateGzip(bytes, MAX_BYTES, field)
      : bytes[0] === 0x78
        ? inflateZlib(bytes, MAX_BYTES, field)
        : bytes
  if (plain.length > MAX_BYTES) {
    throw new InputError('files.tooLarge', { field, got: `${plain.length} bytes`, max: MAX_BYTES })
  }
  if (plain[0] !== 0x80)
    throw new InputError('files.notThatKind', { field, expected: 'a pickle of protocol 2 or newer' })
  return plain
}

/** The values of a scaler with its columns scaled: all learned attributes of the three classes end in an underscore. */
type Get = (name: string) => PickleValue | undefined
type Values = Pick<ImportedScaler, 'columns' | 'center' | 'scale' | 'offset' | 'range' | 'clip'>

function readMinMax(get: Get, field: string): Values {
  const range = get('feature_range')
  const items = range instanceof PickleTuple || range instanceof PickleList ? range.items : []
  const low = numberOf(items[0], 'feature_range', field)
  const high = numberOf(items[1], 'feature_range', field)
  const factor = vector(get, 'scale_', field)
  const least = vector(get, 'min_', field)
  if (least.length !== factor.length) throw uneven('min_', field)
  return {
    columns: factor.length,
    center: factor.map((value, i) => (low - least[i]!) / value),
    scale: factor.map((value) => 1 / value),
    offset: low,
    range: [low, high],
    // Scalers of scikit-learn before 0.24 have no clip.
    clip: get('clip') !== undefined && numberOf(get('clip'), 'clip', field) !== 0,
  }
}

function readStandard(get: Get, field: string): Values {
  return centered(get, field, ['with_mean', 'mean_'], ['with_std', 'scale_'])
}

function readRobust(get: Get, field: string): Values {
  return centered(get, field, ['with_centering', 'center_'], ['with_scaling', 'scale_'])
}

/** A scaler with a centre and a scale, each of which may be switched off; then it is 0, or 1, everywhere. */
function centered(
  get: Get,
  field: string,
  center: readonly [string, string],
  scale: readonly [string, string],
): Values {
  const learned = (names: readonly [string, string]): Float64Array | undefined =>
    numberOf(get(names[0]), names[0], field) === 0 ? undefined : vector(get, names[1], field)
  const centers = learned(center)
  const scales = learned(scale)
  const columns =
    centers?.length ?? scales?.length ?? numberOf(get('n_features_in_'), 'n_features_in_', field)
  if (!Number.isInteger(columns) || columns < 1 || columns > MAX_CHANNELS)
    throw uneven('n_features_in_', field)
  return {
    columns,
    center: centers ?? new Float64Array(columns),
    scale: scales ?? new Float64Array(columns).fill(1),
    offset: 0,
    clip: false,
  }
}

function named(get: Get, field: string): Pick<ImportedScaler, 'channels'> {
  const names = get('feature_names_in_')
  if (names === undefined) return {}
  const channels = textsOf(names, 'feature_names_in_', field)
  checkNames(channels, `${field} (feature_names_in_)`)
  return { channels }
}

function vector(get: Get, name: string, field: string): Float64Array {
  const { shape, data } = numbersOf(get(name), name, field)
  if (shape.length !== 1 || data.length === 0 || data.length > MAX_CHANNELS) throw uneven(name, field)
  return data
}

function checkScaler(scaler: ImportedScaler, get: Get, field: string): void {
  const { columns, center, scale, offset, range, channels } = scaler
  const count = get('n_features_in_')
  if (count !== undefined && numberOf(count, 'n_features_in_', field) !== columns)
    throw uneven('n_features_in_', field)
  if (center.length !== columns || scale.length !== columns) throw uneven('scale_', field)
  if (channels !== undefined && channels.length !== columns) throw uneven('feature_names_in_', field)
  const isUsable = center.every(Number.isFinite) && scale.every((value) => value > 0 && value < Infinity)
  if (!isUsable || !Number.isFinite(offset) || (range !== undefined && !(range[0] < range[1]))) {
    throw new InputError('files.notFinite', { field, what: 'scale, centre or range' })
  }
}

function uneven(what: string, field: string): InputError {
  return new InputError('files.wrongValue', {
    field,
    what,
    expected: `one value for each of 1 to ${MAX_CHANNELS} columns`,
    got: 'another size',
  })
}
