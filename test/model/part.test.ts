import assert from 'node:assert/strict'
import { InputError } from '../../src/core/errors'
import { canonicalJson } from '../../src/model/canonical-json'
import { hashPart, partDocument, readPart, type PartFile } from '../../src/model/part'

const part: PartFile = {
  kind: 'scaler standard',
  role: 'scaler',
  input: ['channels ax,ay', 'window 200'],
  body: { mean: [0.1 + 0.2, -0], scale: [1e-300, 3] },
  blobs: { 'model.onnx': new Uint8Array([0, 1, 255]) },
  report: {
    rows: 60,
    warnings: [{ key: 'learning.gaps', params: { count: 2 } }],
    figures: { loss: [0.5, 0.25], condition: 3 },
  },
}

const reread = (original: PartFile): PartFile => {
  const document: unknown = JSON.parse(canonicalJson(partDocument(original)))
  return readPart(document, hashPart(original))
}

describe('a part', () => {
  it('comes back from its document as it was', () => {
    assert.deepEqual(reread(part), part)
  })

  it('has the same name wherever the same was learned, and another one for any other content', () => {
    const hash = hashPart(part)
    assert.match(hash, /^[0-9a-f]{16}$/)
    assert.equal(hashPart({ ...part, body: { scale: [1e-300, 3], mean: [0.1 + 0.2, -0] } }), hash)
    assert.equal(
      hashPart({ ...part, body: { mean: new Float64Array([0.1 + 0.2, -0]), scale: [1e-300, 3] } }),
      hash,
    )
    // prettier-ignore
    assert.equal(new Set([
      hash,
      hashPart({ ...part, kind: 'scaler robust' }),
      hashPart({ ...part, input: ['channels ax,ay', 'window 100'] }),
      hashPart({ ...part, body: { mean: [0.1 + 0.2, 0], scale: [1e-300, 3] } }),
      hashPart({ ...part, blobs: { 'model.onnx': new Uint8Array([0, 1, 254]) } }),
      hashPart({ ...part, blobs: { 'other.onnx': new Uint8Array([0, 1, 255]) } }),
      hashPart({ ...part, blobs: undefined }),
    ]).size, 7)
  })

  it('has a stable name: this one must never change, or everything learned is lost', () => {
    // hashlib.sha256 of the canonical JSON, in Python
    assert.equal(hashPart(part), '24c1d97ec08ff1b4')
  })

  it('is refused where its content is not what its name says', () => {
    const document = JSON.parse(canonicalJson(partDocument(part))) as { body: { mean: number[] } }
    document.body.mean[0] = 0.3
    assert.throws(() => readPart(document, hashPart(part)), InputError)
  })

  it('is refused where a property is missing or of another kind', () => {
    for (const name of ['kind', 'role', 'input', 'report']) {
      const document = JSON.parse(canonicalJson(partDocument(part))) as Record<string, unknown>
      document[name] = 7
      assert.throws(
        () => readPart(document, hashPart(part)),
        (error) => error instanceof InputError && error.message.includes(name),
      )
      const without = Object.fromEntries(Object.entries(document).filter(([each]) => each !== name))
      assert.throws(() => readPart(without, hashPart(part)), InputError)
    }
    for (const document of [null, 7, 'x', [], {}])
      assert.throws(() => readPart(document, hashPart(part)), InputError)
  })

  it('keeps a report whose figures are not all finite', () => {
    const singular = {
      ...part,
      report: { ...part.report, figures: { condition: Infinity, loss: [1, NaN, 0.5] } },
    }
    assert.deepEqual(reread(singular).report.figures, { loss: [1, 0.5] })
  })

  it('lends no piece of a shared buffer', () => {
    const blob = reread(part).blobs?.['model.onnx']
    assert.equal(blob?.buffer.byteLength, 3)
  })
})
