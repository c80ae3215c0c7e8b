import assert from 'node:assert/strict'
import { DeviceError } from '../../src/core/errors'
import { defaultEngines, openModel } from '../../src/model/engines/choose'
import type { Session } from '../../src/model/engines/engine'
import { LearnedSession, type SessionScores } from '../../src/model/engines/learned-session'
import { Scorer } from '../../src/train/scorer'
import { buildKernels } from '../train/build-kernels'
import { ONNX_EXAMPLES, scaledWindows } from '../train/reference-examples'

const FLOATS = ONNX_EXAMPLES.filter(({ int8 }) => !int8)

describe('a learned autoencoder on an ONNX engine', () => {
  before(buildKernels)
  const engines = defaultEngines()
  const RUNTIMES = ['onnxruntime-node', 'onnxruntime-web']
  /** Scores and channel errors, one behind the other. */
  const numbers = ({ score, channelError }: SessionScores): number[] => [...score, ...channelError]

  for (const name of RUNTIMES) {
    it(`agrees with our own engine to 1e-5, for every kind, and gives the same bits run for run: ${name}`, async function () {
      this.timeout(60_000)
      const problem = await engines.find((engine) => engine.name === name)?.check()
      assert.equal(problem?.message, undefined)
      for (const example of FLOATS) {
        const { model, dims } = example
        const windows = scaledWindows(example)
        const scoreOnce = async (): Promise<number[]> => {
          const open = (bytes: Uint8Array): Promise<Session> =>
            openModel(engines, bytes, { engine: name, trusted: true })
          const session = new LearnedSession(model, open)
          const first = numbers(await session.score(windows, dims[0]!))
          assert.deepEqual(numbers(await session.score(windows, dims[0]!)), first)
          session.dispose()
          return first
        }
        const theirs = await scoreOnce()
        const own = numbers(new Scorer(model).score(windows, dims[0]!))
        assert.equal(theirs.length, own.length)
        own.forEach((value, i) => {
          const difference = Math.abs(theirs[i]! - value)
          assert.ok(difference <= 1e-5 * Math.max(1, value), `${example.name}: ${theirs[i]}, own ${value}`)
        })
        assert.deepEqual(await scoreOnce(), theirs, 'a session of its own')
        assert.deepEqual(numbers(new Scorer(model).score(windows, dims[0]!)), own)
      }
    })
  }

  /** A session that notes what is asked of it. */
  function noted(): { session: Session; notes: string[] } {
    const notes: string[] = []
    const session: Session = {
      engine: 'noted',
      inputs: [],
      outputs: [],
      run: (batch, dims, outputs) => {
        notes.push(`run ${batch.length} [${dims.join()}] ${outputs.join()}`)
        return Promise.resolve(new Map(outputs.map((name) => [name, { data: batch.slice(0, 1), dims: [1] }])))
      },
      dispose: () => {
        notes.push('dispose')
        return Promise.resolve()
      },
    }
    return { session, notes }
  }

  it('is opened once, at its first use, and freed once, also while it is being opened', async () => {
    const { session, notes } = noted()
    let opened = 0
    const open = (): Promise<Session> => {
      opened++
      return Promise.resolve(session)
    }
    const model = FLOATS.find(({ model: { spec } }) => spec.kind === 'lstm')!.model
    const used = new LearnedSession(model, open)
    assert.equal(opened, 0)
    const size = model.spec.steps * model.spec.columns
    await Promise.all([used.score(new Float32Array(size), 1), used.score(new Float32Array(2 * size), 2)])
    used.dispose()
    used.dispose()
    await Promise.resolve()
    assert.equal(opened, 1)
    const { steps, columns } = model.spec
    assert.deepEqual(notes, [
      `run ${size} [1,${steps},${columns}] score,channel_error`,
      `run ${2 * size} [2,${steps},${columns}] score,channel_error`,
      'dispose',
    ])
    new LearnedSession(model, open).dispose()
    assert.equal(opened, 1)
  })

  it('hands on why an engine cannot be had', async () => {
    const refusal = new DeviceError('model.noEngine', { field: 'model', reasons: 'none' })
    const model = FLOATS[0]!.model
    const session = new LearnedSession(model, () => Promise.reject(refusal))
    await assert.rejects(session.score(new Float32Array(model.spec.steps * model.spec.columns), 1), refusal)
    session.dispose()
  })
})
