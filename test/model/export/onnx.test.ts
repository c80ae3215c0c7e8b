import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { writeModel } from '../../../src/core/autoencoder/model'
import { InputError } from '../../../src/core/errors'
import { makeScaler } from '../../../src/core/scalers/scaler'
import type { Calibration } from '../../../src/model/bundle'
import { exportOnnx, toOnnx, type OnnxSource } from '../../../src/model/export/onnx'
import { importFile } from '../../../src/model/import/import-file'
import { toPart } from '../../../src/model/import/to-part'
import { contractAfter, namePart, type NamedPart } from '../../../src/model/named-part'
import { guardOnnx } from '../../../src/model/onnx/guard'
import { featureFrame, gaussian } from '../../nodes/flow'
import { ONNX_EXAMPLES } from '../../train/reference-examples'

const FIXTURE = path.resolve(__dirname, '../fixtures/dense_rows.onnx')
const { model } = ONNX_EXAMPLES.find(({ model: { spec } }) => spec.kind === 'dense')!
const { columns } = model.spec
const report = { rows: 40, warnings: [], figures: {} }
const calibration = { method: 'conformal', threshold: 2.5, n: 99, vote: { k: 2, n: 3 } } as Calibration

const autoencoder = (channels?: readonly string[], input: readonly string[] = ['source a Hz']): NamedPart => {
  const { spec, weights, loss, offset, factor, weight } = model
  const numbers = { spec, weights, loss, offset, factor, weight }
  const written = writeModel(channels === undefined ? numbers : { ...numbers, channels })
  return namePart({ kind: 'autoencoder dense small', role: 'detector', input, ...written, report })
}
const names = (letter: string): readonly string[] =>
  Array.from({ length: columns }, (_, i) => `${letter}${i + 1}`)

function read(source: Partial<OnnxSource>, int8 = false): ReturnType<typeof guardOnnx> {
  return guardOnnx(toOnnx({ parts: [], version: 4, ...source }, 'fan', { int8 })!)
}

describe('a learned autoencoder as an ONNX file', () => {
  it('is of IR version 8 and operator set 17, which onnx 1.12 reads, with and without a scaler', async () => {
    const random = gaussian(3)
    const frames = Array.from({ length: 40 }, (_, i) => ({
      ...featureFrame(i, random),
      channels: names('s'),
      data: Float32Array.from({ length: columns }, random),
    }))
    const learner = makeScaler({ method: 'standard' })
    const fitted = await learner.fit(frames)
    const scaler = namePart({ kind: learner.line, role: 'scaler', input: ['source s'], ...fitted })
    for (const parts of [[autoencoder()], [scaler, autoencoder(undefined, contractAfter(scaler))]])
      for (const int8 of [false, true]) {
        const { irVersion, opsets, metadata } = read({ parts }, int8)
        assert.deepEqual([irVersion, opsets], [8, [{ domain: '', version: 17 }]])
        assert.equal(metadata.has('scaler'), parts.length === 2)
        assert.deepEqual(JSON.parse(metadata.get('contract')!), contractAfter(parts.at(-1)!))
      }
  })

  it("names its channels: the scaler's, else the model's own, else by number", () => {
    const channelsOf = (part: NamedPart): unknown =>
      JSON.parse(read({ parts: [part] }).metadata.get('channels')!)
    assert.deepEqual(channelsOf(autoencoder(names('m'))), names('m'))
    assert.deepEqual(channelsOf(autoencoder()), names('c'))
  })

  it('says its threshold and vote, and in eight bits that the threshold is approximate', () => {
    const parts = [autoencoder()]
    const told = (int8: boolean): readonly (string | undefined)[] => {
      const { metadata } = read({ parts, calibration }, int8)
      return ['threshold', 'vote', 'weights', 'threshold_note'].map((key) => metadata.get(key))
    }
    assert.deepEqual(told(false), ['2.5', '{"k":2,"n":3}', undefined, undefined])
    assert.deepEqual(told(true), [
      '2.5',
      '{"k":2,"n":3}',
      'int8',
      'approximate: calibrated with weights in 32 bits',
    ])
    assert.equal(read({ parts }, true).metadata.get('threshold_note'), undefined)
  })

  it('is given out as it came where it was imported, and then not in eight bits', () => {
    const bytes = fs.readFileSync(FIXTURE)
    const content = importFile('ae.onnx', bytes)
    assert.ok(content.kind !== 'bundle')
    const where = { file: 'ae.onnx', columns: ['x', 'y', 'z'], rows: 8, isNamed: true, input: ['window 8'] }
    const part = toPart(content, { ...where, loss: 'mse', layout: 'auto' })
    const source = { parts: [part], calibration, version: 1 }
    assert.deepEqual(Buffer.from(toOnnx(source, 'fan')!), bytes)
    assert.throws(
      () => toOnnx(source, 'fan', { int8: true }),
      (error) =>
        error instanceof InputError && /^fan holds an ONNX file that was imported/.test(error.message),
    )
  })

  it('is not to be had of another detector, of nothing, or without a part of its chain', () => {
    const other = namePart({ kind: 'robust-z max', role: 'detector', input: [], body: {}, report })
    assert.equal(toOnnx({ parts: [other], version: 1 }, 'fan'), undefined)
    const bundle = (
      parts: readonly string[],
      contract: readonly string[],
    ): Parameters<typeof exportOnnx>[0] => ({
      name: 'fan',
      load: () => other,
      current: () => ({ stream: { topic: 'a' }, version: 1, contract, parts, reports: {}, time: 0 }),
    })
    assert.throws(
      () => exportOnnx(bundle([other.hash], contractAfter(other)), { topic: 'a' }),
      /fan holds no autoencoder for the stream 'a'/,
    )
    const chain = [`scaler standard#${'0'.repeat(16)}`, ...contractAfter(other)]
    assert.throws(
      () => exportOnnx(bundle([other.hash], chain), { topic: 'a' }),
      /fan: the part 0{16} of the chain/,
    )
  })
})
