import assert from 'node:assert/strict'
import { DeviceError, InputError } from '../../../src/core/errors'
import type { Frame } from '../../../src/core/frame'
import type { Session, Tensor } from '../../../src/model/engines/engine'
import { OnnxAutoencoder, type ForeignSettings } from '../../../src/model/onnx/autoencoder'
import { fakeSession, float, frameOf } from './fake-session'

describe('a foreign ONNX autoencoder on any session', () => {
  const echo =
    (gain: number) =>
    (batch: Float32Array, dims: readonly number[]): Record<string, Tensor> => ({
      output: { data: batch.map((value) => value * gain), dims },
    })
  const window = (value: number, rows = 2): Frame =>
    frameOf(
      Array.from({ length: rows * 2 }, (_, i) => value * (1 + (i % 2))),
      2,
    )
  const model = (
    session: Session,
    settings: ForeignSettings = { error: 'mae', layout: 'rows-channels' },
  ): OnnxAutoencoder => new OnnxAutoencoder(async () => session, settings)

  it('runs many windows in runs of at most 32, and keeps their order', async () => {
    const session = fakeSession([float('x', ['b', 2, 2])], [float('output', ['b', 2, 2])], echo(0))
    const scores = await model(session).apply(Array.from({ length: 70 }, (_, i) => window(i)))
    assert.deepEqual(
      session.runs.map(([windows]) => windows),
      [32, 32, 6],
    )
    assert.deepEqual(
      scores.map(({ score }) => score),
      Array.from({ length: 70 }, (_, i) => 1.5 * i),
    )
    assert.deepEqual(scores[7]?.contributions, { c0: 1 / 3, c1: 2 / 3 })
  })

  it('fills a fixed batch up and gives back no score for what it added', async () => {
    const session = fakeSession([float('x', [4, 2, 2])], [float('output', [4, 2, 2])], echo(0))
    assert.equal(
      (await model(session).apply([window(1), window(2), window(3), window(4), window(5)])).length,
      5,
    )
    assert.deepEqual(session.runs, [
      [4, 2, 2],
      [4, 2, 2],
    ])
  })

  it('turns to one by one, for good, where a model only claims to take a batch', async () => {
    const session = fakeSession([float('x', ['b', 2, 2])], [float('output', ['b', 2, 2])], (batch, dims) => {
      if (dims[0] !== 1) throw new DeviceError('model.engineFailed', { field: 'fake', reason: 'Reshape' })
      return echo(0)(batch, dims)
    })
    const autoencoder = model(session)
    assert.equal((await autoencoder.apply([window(1), window(2)])).length, 2)
    await autoencoder.apply([window(1), window(2)])
    assert.deepEqual(
      session.runs.map(([windows]) => windows),
      [2, 1, 1, 1, 1],
    )
  })

  it('reads a reconstruction that the model gives in rows although it takes channels first', async () => {
    const session = fakeSession([float('x', ['b', 2, 3])], [float('output', ['b', 3, 2])], (batch) => {
      const data = new Float32Array(6)
      for (let row = 0; row < 3; row++)
        for (let c = 0; c < 2; c++) data[row * 2 + c] = batch[c * 3 + row] ?? NaN
      return { output: { data, dims: [1, 3, 2] } }
    })
    assert.equal(
      (await model(session, { error: 'mae' }).apply([frameOf([1, 2, 3, 4, 5, 6], 2)]))[0]?.score,
      0,
    )
  })

  it('has equal shares where there is no error, and finite shares of the largest errors', async () => {
    const same = fakeSession([float('x', ['b', 2, 2])], [float('output')], echo(1))
    assert.deepEqual((await model(same).apply([window(3)]))[0], {
      score: 0,
      contributions: { c0: 0.5, c1: 0.5 },
    })
    const huge = fakeSession([float('x', ['b', 1, 2])], [float('output')], (_, dims) => ({
      output: { data: new Float32Array([3e38, 3e38]), dims },
    }))
    const scores = await model(huge, { error: 'mse' }).apply([frameOf([0, 0], 2)])
    assert.ok(Number.isFinite(scores[0]?.score))
    assert.deepEqual(scores[0]?.contributions, { c0: 0.5, c1: 0.5 })
  })

  it('takes the output called reconstruction among several, and asks for a name where none is', async () => {
    const outputs = [float('latent', ['b', 1]), float('reconstruction', ['b', 2, 2])]
    const session = fakeSession([float('x', ['b', 2, 2])], outputs, (batch, dims) => ({
      latent: { data: new Float32Array(1), dims: [1, 1] },
      reconstruction: { data: batch, dims },
    }))
    assert.equal((await model(session).apply([window(1)]))[0]?.score, 0)
    const unclear = fakeSession(
      [float('x', ['b', 2, 2])],
      [float('a', ['b', 1]), float('z', ['b', 7])],
      echo(1),
    )
    await assert.rejects(
      model(unclear).apply([window(1)]),
      (error) => error instanceof InputError && /a, z/.test(error.message),
    )
  })

  it('refuses, in words, what is no autoencoder of these frames', async () => {
    const refused = async (session: Session, key: string): Promise<void> => {
      await assert.rejects(
        model(session).apply([window(1)]),
        (error) => error instanceof InputError && error.key === key,
      )
    }
    const x = float('x', ['b', 2, 2])
    const output = float('output')
    await refused(fakeSession([float('x', ['b', 5, 2])], [output], echo(1)), 'model.layoutRows')
    await refused(fakeSession([x, float('state', [1, 4])], [output], echo(1)), 'model.inputCount')
    await refused(fakeSession([{ ...x, type: 11 }], [output], echo(1)), 'model.inputType')
    await refused(fakeSession([float('x')], [output], echo(1)), 'model.inputShape')
    await refused(
      fakeSession([x], [output], () => ({ output: { data: new Float32Array(3), dims: [3] } })),
      'model.outputShape',
    )
    await refused(
      fakeSession([x], [output], () => ({})),
      'model.outputShape',
    )
    await refused(fakeSession([x], [output], echo(NaN)), 'model.outputNotFinite')
    await refused(
      fakeSession([x], [float('score')], () => ({
        score: { data: new Float32Array([Infinity]), dims: [1] },
      })),
      'model.outputNotFinite',
    )
  })

  it('runs frames of different shapes in one call, each with the layout that fits', async () => {
    const session = fakeSession([float('x', ['b', 'time', 2])], [float('output', ['b', 'time', 2])], echo(0))
    const scores = await model(session).apply([window(1, 3), window(2, 3), window(4, 5)])
    assert.deepEqual(session.runs, [
      [2, 3, 2],
      [1, 5, 2],
    ])
    assert.deepEqual(
      scores.map(({ score }) => score),
      [1.5, 3, 6],
    )
  })

  it('opens once, and frees its session also when it is closed while opening', async () => {
    const session = fakeSession([float('x', ['b', 2, 2])], [float('output')], echo(1))
    let opens = 0
    const autoencoder = new OnnxAutoencoder(
      async () => {
        opens++
        await new Promise((resolve) => setImmediate(resolve))
        return session
      },
      { error: 'mae', layout: 'rows-channels' },
    )
    const scored = Promise.all([autoencoder.apply([window(1)]), autoencoder.apply([window(2)])])
    autoencoder.dispose()
    await scored
    assert.equal(opens, 1)
    assert.equal(session.disposed, true)
  })
})
