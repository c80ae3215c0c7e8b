import assert from 'node:assert/strict'
import { InputError } from '../../../src/core/errors'
import type { Frame } from '../../../src/core/frame'
import { csvCell, floatCell, numberCell } from '../../../src/core/record/csv-cell'
import { encode, type Recordable } from '../../../src/core/record/encode'

const FRAME: Frame = {
  channels: ['ax', 'a "b"'],
  rate: 200,
  start: 1000,
  data: Float32Array.of(0.1, -1, 2.5, 1e-7),
}
const message = (payload: unknown, more: Partial<Recordable> = {}): Recordable => ({
  topic: 'fan',
  label: 'coin',
  payload,
  now: 5000,
  ...more,
})

describe('cells of a CSV file', () => {
  it('are quoted as RFC 4180 says', () => {
    const cells = ['a', 'a,b', 'say "no"', 'two\nlines', ''].map(csvCell)
    assert.deepEqual(cells, ['a', '"a,b"', '"say ""no"""', '"two\nlines"', ''])
  })

  it('cannot be run as a formula, unless they are numbers', () => {
    for (const text of ['=1+1', '+cmd', '-1+cmd', '@SUM(A1)', '\tx', '\0x'])
      assert.ok(csvCell(text).startsWith("'"), text)
    assert.equal(csvCell('\rx'), '"\'\rx"')
    for (const text of ['-1', '+0.5', '-1e-7', '-.5']) assert.equal(csvCell(text), text)
    assert.deepEqual([numberCell(-1.5), numberCell(null)], ['-1.5', ''])
  })

  it('give single-precision numbers back to the bit, in as few digits as that takes', () => {
    assert.deepEqual([0.1, 1 / 3, -9.80665, 1e-7, 16_777_217, 0].map((x) => floatCell(Math.fround(x))), ['0.1', '0.33333334', '-9.80665', '1e-7', '16777216', '0']) // prettier-ignore
    const floats = Float32Array.from({ length: 2000 }, (_, i) => Math.sin(i) * 10 ** ((i % 60) - 30))
    for (const value of floats) assert.equal(Math.fround(Number(floatCell(value))), value)
  })
})

describe('lines of a recording', () => {
  it('of a frame: a row for each sample with its time and label', () => {
    assert.deepEqual(encode(message(FRAME), 'csv'), {
      kind: 'rows',
      header: 'time,ax,"a ""b""",topic,label\n',
      text: '1000,0.1,-1,fan,coin\n1005,2.5,1e-7,fan,coin\n',
    })
    const { header, text } = encode(message({ x: 1 }, { topic: '', label: '=1' }), 'csv')
    assert.deepEqual([header, text], ['time,x,label\n', "5000,1,'=1\n"])
  })

  it('of a window: with the time when it began, by which its rows are told from those of the next', () => {
    const contract = ['source ax', 'window 2', 'scaler standard#1']
    assert.deepEqual(encode(message({ ...FRAME, contract }), 'csv'), {
      kind: 'rows',
      header: 'time,ax,"a ""b""",window_start,topic,label\n',
      text: '1000,0.1,-1,1000,fan,coin\n1005,2.5,1e-7,1000,fan,coin\n',
    })
    const features = { channels: ['ax.rms'], start: 0, data: Float32Array.of(1), contract }
    assert.equal(encode(message(features), 'csv').header, 'time,ax.rms,topic,label\n')
  })

  it('of a window as a file of its own: values alone', () => {
    assert.deepEqual(encode(message(FRAME), 'folder'), {
      kind: 'window',
      header: '',
      text: '0.1, -1\n2.5, 1e-7\n',
    })
  })

  it('of a frame as JSON: exact, with topic and label', () => {
    const { kind, text } = encode(message(FRAME), 'ndjson')
    assert.equal(kind, 'messages')
    assert.ok(text.endsWith('}\n') && text.indexOf('\n') === text.length - 1)
    const value = JSON.parse(text) as { topic: string; label: string; frame: { f32: string } }
    assert.deepEqual([value.topic, value.label], ['fan', 'coin'])
    assert.deepEqual(
      new Float32Array(Uint8Array.from(Buffer.from(value.frame.f32, 'base64')).buffer),
      FRAME.data,
    )
  })

  it('of a verdict', () => {
    const anomaly = { score: 3.5, threshold: 2, pValue: 0.01, isAnomaly: true, reason: 'ANOMALY', inSample: false, window: { start: 1, end: 2 }, contract: ['x'], detector: 'limits', detail: 'a, b' } // prettier-ignore
    const { header, text } = encode(message(3.5, { anomaly }), 'csv')
    assert.equal(header.split(',').length, 11)
    assert.equal(text, '1,2,fan,3.5,2,0.01,true,ANOMALY,limits,coin,"a, b"\n')
    assert.deepEqual((JSON.parse(encode(message(3.5, { anomaly }), 'ndjson').text) as { anomaly: unknown }).anomaly, anomaly) // prettier-ignore
    const off = { ...anomaly, score: null, threshold: null, pValue: null, isAnomaly: false, reason: 'MACHINE_OFF', detail: undefined } // prettier-ignore
    assert.equal(
      encode(message(null, { anomaly: off }), 'csv').text,
      '1,2,fan,,,,false,MACHINE_OFF,limits,coin,\n',
    )
  })

  it("of alert's events", () => {
    const event = { kind: 'begin', level: 'alarm', reason: 'ANOMALY', time: 7000, score: 4, threshold: null, duration: 0, text: 'fan: anomaly' } // prettier-ignore
    const { kind, text } = encode(message(event), 'csv')
    assert.equal(kind, 'events')
    assert.equal(text, '7000,fan,begin,alarm,ANOMALY,,4,,0,coin,fan: anomaly\n')
    assert.deepEqual((JSON.parse(encode(message(event), 'ndjson').text) as { event: unknown }).event, event)
  })

  it('refuses what is none of these', () => {
    for (const payload of ['abc', null, {}, { kind: 'begin' }])
      assert.throws(() => encode(message(payload), 'csv'), InputError)
    const trap = new Proxy({}, { get: () => { throw new Error('trap') }, ownKeys: () => { throw new Error('trap') } }) // prettier-ignore
    assert.throws(() => encode(message(trap), 'ndjson'), InputError)
    assert.throws(() => encode(message(1, { anomaly: { score: 'x' } }), 'csv'), InputError)
  })
})
