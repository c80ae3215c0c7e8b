import assert from 'node:assert/strict'
import { writeSensadBaseline, writeSensadMeta } from '../../../src/model/export/sensad'
import { readSensadBaseline, readSensadMeta } from '../../../src/model/import/sensad'
import { hasReference, referenceFile, refused } from './fixture'

const BASELINE = {
  type: 'baseline_robust_z',
  columns: ['temp', 'pressure'],
  med: { temp: 51.5, pressure: 5.125 },
  mad: { temp: 0.4, pressure: 0 },
  threshold: 17.97,
  agg: 'mean',
  train_quantile: 0.99,
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}

describe('sensad', () => {
  it('reads a baseline', () => {
    const baseline = readSensadBaseline(json(BASELINE), 'baseline.json')
    assert.deepEqual(baseline, {
      columns: ['temp', 'pressure'],
      med: Float64Array.of(51.5, 5.125),
      mad: Float64Array.of(0.4, 0),
      threshold: 17.97,
      agg: 'mean',
      trainQuantile: 0.99,
    })
  })

  it('writes what it reads, and what sensad reads', () => {
    const baseline = readSensadBaseline(json(BASELINE), 'baseline.json')
    assert.deepEqual(JSON.parse(writeSensadBaseline(baseline)), BASELINE)
    const meta = { model: 'baseline', device: 'cpu', rows: 240, columns: ['temp', 'pressure'] }
    const text = writeSensadMeta(meta)
    assert.deepEqual(JSON.parse(text), {
      model: 'baseline',
      device: 'cpu',
      n_rows: 240,
      columns: ['temp', 'pressure'],
    })
    assert.deepEqual(readSensadMeta(new TextEncoder().encode(text), 'meta.json'), meta)
  })

  it('writes names in ASCII, as Python does: it may read them by the encoding of the system', () => {
    const text = writeSensadMeta({ model: 'm', device: 'cpu', rows: 1, columns: ['Temp °C', '温'] })
    assert.match(text, /"Temp \\u00b0C",\n {4}"\\u6e29"/)
    assert.deepEqual((JSON.parse(text) as { columns: unknown }).columns, ['Temp °C', '温'])
  })

  it('names what is wrong', () => {
    const read = (change: object) => () => readSensadBaseline(json({ ...BASELINE, ...change }), 'b.json')
    refused(read({ type: 'ae' }), 'files.badDocument', 'document.type')
    refused(read({ med: { temp: 1 } }), 'files.badDocument', 'document.med.pressure')
    refused(read({ mad: { temp: 1, pressure: -1 } }), 'files.badDocument', 'document.mad.pressure')
    refused(read({ med: { temp: 'x', pressure: 1 } }), 'files.badDocument', 'document.med.temp')
    refused(read({ threshold: null }), 'files.badDocument', 'document.threshold')
    refused(read({ agg: 'min' }), 'files.badDocument', 'document.agg')
    refused(read({ train_quantile: 2 }), 'files.badDocument', 'document.train_quantile')
    refused(read({ columns: ['temp', 'temp'] }), 'frame.duplicateChannel', 'b.json (columns)')
    refused(read({ columns: ['a,b'] }), 'frame.badChannelName', 'b.json (columns)')
    refused(() => readSensadBaseline(json('text'), 'b.json'), 'files.badDocument', 'document')
    refused(() => readSensadBaseline(Uint8Array.of(123, 34), 'b.json'), 'files.notThatKind', 'b.json')
  })

  it('does not write what JSON cannot hold', () => {
    const baseline = readSensadBaseline(json(BASELINE), 'baseline.json')
    refused(() => writeSensadBaseline({ ...baseline, threshold: NaN }), 'files.notFinite', 'threshold')
    refused(
      () => writeSensadBaseline({ ...baseline, med: Float64Array.of(1) }),
      'files.notFinite',
      'med of pressure',
    )
  })

  it('gives the files of system 3 back byte by byte (skipped where ../shared is absent)', function () {
    if (!hasReference) return this.skip()
    const baseline = referenceFile('system3/baseline.json')
    const meta = referenceFile('system3/meta.json')
    const text = new TextDecoder()
    assert.equal(writeSensadBaseline(readSensadBaseline(baseline, 'b')), text.decode(baseline))
    assert.equal(writeSensadMeta(readSensadMeta(meta, 'm')), text.decode(meta))
  })
})
