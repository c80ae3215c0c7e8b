import assert from 'node:assert/strict'
import { zlibSync } from 'fflate'
import { readKerasH5 } from '../../../src/model/import/keras-h5'
import { readSklearnScaler } from '../../../src/model/import/sklearn-scaler'
import { readTflite } from '../../../src/model/import/tflite'
import { binary, fixture, refused } from './fixture'

/** SHORT_BINUNICODE, BININT1 and so on: the pieces of a pickle of protocol 4. */
const text = (value: string): string => `\x8c${String.fromCharCode(value.length)}${value}`
const global = (module: string, name: string): string => `${text(module)}${text(name)}\x93`
const u64 = (value: bigint): string =>
  Array.from({ length: 8 }, (_, i) => String.fromCharCode(Number((value >> BigInt(8 * i)) & 255n))).join('')
const SCALER = `${global('sklearn.preprocessing._data', 'StandardScaler')})\x81`

function pickle(body: string): Uint8Array {
  return binary(`\x80\x04${body}.`)
}

/** A StandardScaler with these attributes, as text of the pickle. */
function scaler(attributes: Readonly<Record<string, string>>): Uint8Array {
  const entries = Object.entries(attributes).map(([name, value]) => text(name) + value)
  return pickle(`${SCALER}}(${entries.join('')}ub`)
}

/** numpy.ndarray of this shape, type and content. */
function array(shape: string, type: string, bytes: string): string {
  const dtype = `${global('numpy', 'dtype')}${text(type)}\x89\x88\x87R(K\x03${text('<')}NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb`
  const made = `${global('numpy._core.multiarray', '_reconstruct')}${global('numpy', 'ndarray')}K\x00\x85C\x01b\x87R`
  return `${made}(K\x01${shape}${dtype}\x89C${String.fromCharCode(bytes.length)}${bytes}tb`
}

const F8 = '\x00\x00\x00\x00\x00\x00\xf0\x3f'
const GOOD = {
  with_mean: '\x88',
  with_std: '\x88',
  mean_: array('K\x01\x85', 'f8', F8),
  scale_: array('K\x01\x85', 'f8', F8),
}

function check(bytes: Uint8Array, key: string, words = 's.pkl'): void {
  refused(() => readSklearnScaler(bytes, 's.pkl'), key, words)
}

describe('hostile pickles', () => {
  it('the pieces of these tests make a scaler that is read', () => {
    const { center, scale } = readSklearnScaler(scaler(GOOD), 's.pkl')
    assert.deepEqual([[...center], [...scale]], [[1], [1]])
  })

  it('names what Python would have been asked to run, and runs nothing', () => {
    check(pickle(`${global('os', 'system')}${text('touch /tmp/x')}\x85R`), 'files.foreignClass', 'os.system')
    check(binary('\x80\x02cposix\nsystem\nX\x02\x00\x00\x00ls\x85R.'), 'files.foreignClass', 'posix.system')
    check(pickle(`${global('builtins', 'eval')}${text('1')}\x85R`), 'files.foreignClass', 'builtins.eval')
    check(pickle(`${global('copyreg', '_reconstructor')}`), 'files.foreignClass', 'copyreg._reconstructor')
    check(pickle(global('numpy', 'ndarray.__class__')), 'files.foreignClass', 'numpy.ndarray.__class__')
    check(pickle(global('numpy.ndarray', '__class__')), 'files.foreignClass')
    check(pickle(global('sklearn.preprocessing._data', 'StandardScaler.__init__')), 'files.foreignClass')
    check(
      scaler({ ...GOOD, x: `${global('subprocess', 'Popen')}` }),
      'files.foreignClass',
      'subprocess.Popen',
    )
    check(pickle('NN\x93'), 'files.foreignClass', 'no name')
  })

  it('refuses every instruction that this data does not need', () => {
    const others = 'IPQioilFgSV1d2p\x82\x83\x84\x8b\x8f\x90\x91\x92\x97\x98\xff'
    for (const code of others)
      check(pickle(`N${code}aaaa\n`), 'files.badPickle', `0x${code.charCodeAt(0).toString(16)}`)
    check(binary('\x80\x06N.'), 'files.badPickle', 'protocol 6')
    check(binary('\x80\x01N.'), 'files.badPickle', 'protocol 1')
  })

  it('does not follow a machine that is out of step', () => {
    for (const body of [
      '',
      '0',
      '\x94',
      'b',
      'a',
      'e',
      'u',
      't',
      '\x85',
      'NNs',
      'N(t(',
      '(u',
      'N\x85R',
      'NN\x81',
      'NNb',
      '}(Nu',
      'h\x00',
    ]) {
      check(pickle(body), 'files.badPickle')
    }
  })

  it('is not blown up by values that hold values that hold values', () => {
    const twice = (i: number): string => `h${String.fromCharCode(i)}h${String.fromCharCode(i)}\x86\x940`
    const laughs = `)\x940${Array.from({ length: 250 }, (_, i) => twice(i)).join('')}h\xfa`
    check(pickle(laughs), 'files.notThatKind')
    check(scaler({ ...GOOD, scale_: laughs }), 'files.notNumbers', 'a tuple of 2')
    const lists = `]\x94${'h\x00a'.repeat(1000)}`
    check(pickle(lists), 'files.notThatKind')
    check(scaler({ ...GOOD, with_mean: lists }), 'files.wrongValue', 'with_mean')
    check(pickle(`}\x94h\x00h\x00s`), 'files.notThatKind')
    check(pickle('N0'.repeat(150_000)), 'files.tooLarge', '200000 instructions')
    check(pickle('('.repeat(199_000)), 'files.badPickle')
  })

  it('makes no room for what is claimed but not there', () => {
    check(pickle(`\x8d${u64(1n << 43n)}`), 'files.cutOff')
    check(pickle(`\x8e${u64(1n << 60n)}`), 'files.cutOff')
    check(pickle(`\x96${u64((1n << 64n) - 1n)}`), 'files.cutOff')
    check(pickle('X\xff\xff\xff\x7fx'), 'files.cutOff')
    check(pickle('\x95\xff\xff\xff\xff\xff\xff\xff\xff'), 'files.badPickle')
    check(pickle(`\x8a\xff${'\x01'.repeat(255)}`), 'files.badPickle', '64 bits')
    check(zlibSync(new Uint8Array(5_000_000), { level: 9 }), 'files.inflatesTooFar')
  })

  it('refuses shapes, types and sizes that do not fit', () => {
    const bad = (scale_: string, key: string, words?: string): void =>
      check(scaler({ ...GOOD, scale_ }), key, words)
    bad(array('J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86', 'f8', F8), 'files.tooLarge', 'scale_')
    bad(array('J\xff\xff\xff\xff\x85', 'f8', F8), 'files.badShape', 'scale_')
    bad(array('N\x85', 'f8', F8), 'files.badShape', 'scale_')
    bad(array('K\x02\x85', 'f8', F8), 'files.cutOff', 'scale_')
    bad(array('K\x01\x85', 'O8', F8), 'files.notNumbers', '<O8')
    bad(array('K\x01\x85', 'V8', F8), 'files.notNumbers', '<V8')
    bad(array('K\x01\x85', 'f8', '\x00\x00\x00\x00\x00\x00\xf0\x7f'), 'files.notFinite', 's.pkl')
    bad(array('K\x01\x85', 'f8', '\x00'.repeat(8)), 'files.notFinite', 's.pkl')
    bad(array('K\x02\x85', 'f8', F8 + F8), 'files.wrongValue', 'scale_')
    bad(array(')', 'f8', F8), 'files.wrongValue', 'scale_')
    bad('N', 'files.notNumbers', 'None')
    check(
      scaler({
        with_mean: '\x89',
        with_std: '\x89',
        n_features_in_: '\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f',
      }),
      'files.wrongValue',
    )
    check(scaler({ ...GOOD, n_features_in_: 'K\x02' }), 'files.wrongValue', 'n_features_in_')
    check(scaler({ ...GOOD, __proto__x: 'N', with_mean: 'N' }), 'files.wrongValue', 'with_mean')
  })

  it('reads no pickle within a pickle within a pickle, and holds the inner one to the same rules', () => {
    const wrapper = (behind: string): string => {
      const dtype = `${global('numpy', 'dtype')}${text('O8')}\x89\x88\x87R(K\x03${text('|')}NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x3ftb`
      const state = `}(${text('shape')}K\x01\x85${text('dtype')}${dtype}u`
      return `${global('joblib.numpy_pickle', 'NumpyArrayWrapper')})\x81${state}b${behind}`
    }
    check(
      scaler({ ...GOOD, feature_names_in_: wrapper(`\x80\x02cos\nsystem\n.`) }),
      'files.foreignClass',
      'os.system',
    )
    check(
      scaler({ ...GOOD, feature_names_in_: wrapper(`\x80\x04${wrapper('\x80\x04N.')}.`) }),
      'files.badPickle',
      'within pickles',
    )
  })
})

describe('hostile HDF5 files', () => {
  const find = (file: Uint8Array, words: string): number =>
    Buffer.from(file).indexOf(Buffer.from(words, 'latin1'))
  const put = (file: Uint8Array, at: number, value: number): void => {
    new DataView(file.buffer).setBigUint64(at, BigInt(value), true)
  }
  /** The file with a 64-bit number at `offset` behind the first such mark. */
  const changed = (mark: string, offset: number, value: (at: number) => number): (() => unknown) => {
    const file = fixture('keras2.h5')
    const at = find(file, mark)
    put(file, at + offset, value(at))
    return () => readKerasH5(file, 'm.h5')
  }

  it('a tree or a group that holds itself ends', () => {
    refused(
      changed('TREE', 32, (at) => at),
      'files.cutOff',
      'm.h5',
    )
    const file = fixture('keras2.h5')
    const tree = find(file, 'TREE')
    // A level above the leaves that points at itself, with as many children as fit into 16 bits.
    file.set([0, 1, 255, 255], tree + 4)
    for (let i = 0; i < 20; i++) put(file, tree + 32 + 16 * i, tree)
    refused(() => readKerasH5(file, 'm.h5'), 'files.cutOff', 'm.h5')
    const cycle = fixture('keras2.h5')
    const symbols = find(cycle, 'SNOD')
    put(cycle, symbols + 8 + 8, 96)
    assert.throws(() => readKerasH5(cycle, 'm.h5'), { name: 'InputError' })
  })

  it('a header that continues in itself ends', () => {
    const file = fixture('keras2.h5')
    // The root's header: its first message becomes a continuation that is the header's own messages.
    const root = Number(new DataView(file.buffer).getBigUint64(64, true))
    file.set([0xff, 0xff], root + 2)
    file.set([0x10, 0, 16, 0, 0, 0, 0, 0], root + 16)
    put(file, root + 24, root + 16)
    put(file, root + 32, 24)
    assert.throws(() => readKerasH5(file, 'm.h5'), { name: 'InputError' })
  })

  it('addresses and sizes beyond the file are refused', () => {
    refused(
      changed('HEAP', 24, () => 2 ** 52),
      'files.cutOff',
      'm.h5',
    )
    refused(
      changed('\x89HDF', 64, () => 2 ** 40),
      'files.cutOff',
      'm.h5',
    )
    const file = fixture('keras2.h5')
    put(file, 64 + 4, 2 ** 32 - 1)
    refused(() => readKerasH5(file, 'm.h5'), 'files.cutOff', 'm.h5')
  })
})

describe('hostile TFLite files', () => {
  it('offsets out of the file, and vectors longer than it, are refused', () => {
    for (const value of [0xffffffff, 0x7fffffff, 1 << 20, 0x80000000]) {
      for (let at = 0; at + 4 <= 400; at += 4) {
        const file = fixture('dense.tflite')
        new DataView(file.buffer).setUint32(at, value >>> 0, true)
        try {
          readTflite(file, 'm.tflite')
        } catch (error) {
          assert.equal(
            error instanceof Error && error.name,
            'InputError',
            `${value} at ${at}: ${String(error)}`,
          )
        }
      }
    }
    const file = fixture('dense.tflite')
    new DataView(file.buffer).setUint32(0, 0xfffffff0, true)
    refused(() => readTflite(file, 'm.tflite'), 'files.cutOff', 'm.tflite')
  })
})
