import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { ConfigError, DeviceError, InputError, MissingError } from '../../../src/core/errors'
import { defaultEngines, openModel } from '../../../src/model/engines/choose'
import type { Engine, Session } from '../../../src/model/engines/engine'
import { findInstalled, type Installed } from '../../../src/model/engines/installed'
import { OnnxRuntimeNode } from '../../../src/model/engines/onnxruntime-node'
import { OnnxRuntimeWeb } from '../../../src/model/engines/onnxruntime-web'
import { tryInChild, type Outcome, type Trial } from '../../../src/model/engines/trial'
import { TrialMemory } from '../../../src/model/engines/trial-memory'
import { fakeSession, float } from '../onnx/fake-session'
import { onnx } from '../onnx/proto'
import { temporaryFolder } from '../temporary-folder'

const FIXTURE = path.resolve(__dirname, '../fixtures/dense_rows.onnx')

describe('engines', () => {
  let root = ''
  beforeEach(() => {
    root = temporaryFolder()
  })
  afterEach(() => fs.rmSync(root, { recursive: true, force: true }))

  /** A package below `root` whose entry file is this JavaScript. */
  const library = (source: string): Installed => {
    const folder = path.join(root, 'node_modules', 'fake-runtime')
    fs.mkdirSync(folder, { recursive: true })
    fs.writeFileSync(
      path.join(folder, 'package.json'),
      JSON.stringify({ name: 'fake-runtime', version: '1.30.0', main: 'main.js' }),
    )
    fs.writeFileSync(path.join(folder, 'main.js'), source)
    const found = findInstalled('fake-runtime', [root])
    assert.ok(found)
    return found
  }
  const WORKING = `exports.Tensor = class { constructor(type, data, dims) { Object.assign(this, { type, data, dims }) } }
    exports.InferenceSession = { async create() { return { async run(feeds) {
      const { data, dims } = Object.values(feeds)[0]; return { y: { data: data.map((v) => 2 * v), dims } } }, async release() {} } } }`
  const trial = (installed: Installed): Trial => ({
    library: installed.entry,
    options: {},
    model: onnx(),
    input: 'x',
    dims: [1, 4],
  })

  describe('a trial in a child process', () => {
    it('ends well with a library that works', async () => {
      assert.deepEqual(await tryInChild(trial(library(WORKING))), { kind: 'ok' })
    })

    it('tells what the library said against the model', async () => {
      const refusing = library(
        `exports.InferenceSession = { async create() { throw new Error('no such opset') } }`,
      )
      assert.deepEqual(await tryInChild(trial(refusing)), { kind: 'refused', reason: 'no such opset' })
    })

    it('refuses what has no room for more windows, but not what takes no more', async () => {
      const failingFor32 = (reason: string): Installed =>
        library(
          WORKING.replace('Object.values(feeds)[0];', `$& if (dims[0] === 32) throw new Error('${reason}');`),
        )
      const outcome = (installed: Installed): Promise<Outcome> =>
        tryInChild({ ...trial(installed), attempts: [[32, 4]] })
      const short = 'Failed to allocate memory for requested buffer of size 500'
      assert.deepEqual(await outcome(failingFor32(short)), { kind: 'refused', reason: short })
      assert.deepEqual(await outcome(failingFor32('Got 32, expected 1')), { kind: 'ok' })
    })

    it('survives a library that crashes at load, or never answers', async () => {
      const crashing = library(`process.kill(process.pid, 'SIGSEGV'); while (true) {}`)
      assert.deepEqual(await tryInChild(trial(crashing)), { kind: 'crashed', reason: 'SIGSEGV' })
      const hanging = library(`while (true) {}`)
      assert.deepEqual(await tryInChild(trial(hanging), 500), { kind: 'crashed', reason: 'SIGKILL' })
      const leaving = library(`process.exit(7)`)
      assert.deepEqual(await tryInChild(trial(leaving)), { kind: 'crashed', reason: 'exit code 7' })
    })
  })

  describe('onnxruntime-node', () => {
    const ok = async (): Promise<Outcome> => ({ kind: 'ok' })

    it('is tried once per version, and remembered over restarts', async () => {
      const installed = library(WORKING)
      let trials = 0
      const engine = (version = '1.30.0'): OnnxRuntimeNode =>
        new OnnxRuntimeNode(
          new TrialMemory(root),
          () => ({ ...installed, version }),
          async () => {
            trials++
            return { kind: 'ok' }
          },
        )
      const first = engine()
      await Promise.all([first.check(), first.check(), first.check()])
      assert.equal(trials, 1)
      assert.equal(await engine().check(), undefined)
      assert.equal(trials, 1)
      await engine('1.30.1').check()
      assert.equal(trials, 2)
    })

    it('is tried again after a failure: the installation may have been mended', async () => {
      const installed = library(WORKING)
      const outcomes: Outcome[] = [{ kind: 'crashed', reason: 'SIGILL' }, { kind: 'ok' }]
      const engine = (): OnnxRuntimeNode =>
        new OnnxRuntimeNode(
          new TrialMemory(root),
          () => installed,
          async () => outcomes.shift() ?? { kind: 'ok' },
        )
      const first = engine()
      assert.match(
        (await first.check())?.message ?? '',
        /onnxruntime-node does not run on this machine \(SIGILL\)/,
      )
      assert.equal(await first.check(), await first.check())
      assert.equal(await engine().check(), undefined)
    })

    it('tries each foreign model once in a child process, a trusted one never', async () => {
      const installed = library(WORKING)
      const tried: string[] = []
      const engine = (): OnnxRuntimeNode =>
        new OnnxRuntimeNode(
          new TrialMemory(root),
          () => installed,
          async ({ input, dims, attempts }) => {
            tried.push(`${input} ${dims?.join('x')} ${attempts?.join()}`)
            return { kind: 'ok' }
          },
        )
      await engine().check()
      tried.length = 0
      await engine().open(onnx(), { trusted: true })
      assert.deepEqual(tried, [])
      await engine().open(onnx())
      await engine().open(onnx())
      assert.deepEqual(tried, ['x 1x4 32,4'])
    })

    it('never loads a model that took its process down, and remembers it', async () => {
      const installed = library(WORKING)
      let trials = 0
      const engine = (): OnnxRuntimeNode =>
        new OnnxRuntimeNode(
          new TrialMemory(root),
          () => installed,
          async ({ input, model }) => {
            if (input === 'x' && model.length === onnx().length) trials++
            return input === 'x' && model.length === onnx().length
              ? { kind: 'crashed', reason: 'SIGSEGV' }
              : { kind: 'ok' }
          },
        )
      for (let i = 0; i < 2; i++)
        await assert.rejects(
          engine().open(onnx()),
          (error) => error instanceof InputError && error.key === 'model.onnxCrashed',
        )
      assert.equal(trials, 1)
    })

    it('is not touched before version 1.30, which reads any file that a model names', async () => {
      const installed = library(WORKING)
      for (const version of ['1.29.9', '1.3.0', '0.30.0', '0.0.0']) {
        const untouched = (): never => assert.fail('touched')
        const found = { ...installed, version, load: untouched }
        const engine = new OnnxRuntimeNode(new TrialMemory(root), () => found, untouched)
        const told = (await engine.check())?.message ?? ''
        assert.ok(told.startsWith(`onnxruntime-node ${version} is too old (1.30 or newer is needed`), told)
      }
      for (const version of ['1.30.0', '1.30.0-dev.2', '1.31.2', '2.0.0']) {
        const engine = new OnnxRuntimeNode(new TrialMemory(root), () => ({ ...installed, version }), ok)
        assert.equal(await engine.check(), undefined, version)
      }
    })

    it('works where its memory is damaged or cannot be written', async () => {
      const installed = library(WORKING)
      fs.writeFileSync(path.join(root, 'engines.json'), 'garbage')
      assert.equal(await new OnnxRuntimeNode(new TrialMemory(root), () => installed, ok).check(), undefined)
      const nowhere = path.join(root, 'engines.json', 'below-a-file')
      assert.equal(
        await new OnnxRuntimeNode(new TrialMemory(nowhere), () => installed, ok).check(),
        undefined,
      )
    })

    it('the real one runs a model, frees it, and refuses runs after that (where it is installed)', async function () {
      const [engine] = defaultEngines({ root })
      if ((await engine?.check()) !== undefined) this.skip() // onnxruntime-node is not installed
      const session = await engine?.open(fs.readFileSync(FIXTURE))
      assert.ok(session)
      const output = (await session.run(new Float32Array(48), [2, 8, 3], ['output'])).get('output')
      assert.deepEqual(output?.dims, [2, 8, 3])
      assert.equal(output.data.buffer.byteLength, 48 * 4)
      assert.deepEqual(output.data.slice(0, 24), output.data.slice(24))
      await assert.rejects(session.run(new Float32Array(10), [1, 10], ['output']), DeviceError)
      await session.dispose()
      await assert.rejects(session.run(new Float32Array(24), [1, 8, 3], ['output']), DeviceError)
      assert.ok(fs.existsSync(path.join(root, 'engines.json')))
    })
  })

  describe('onnxruntime-web', () => {
    it('runs on one thread with the interface that both runtimes share', async () => {
      const installed = library(`${WORKING}\nexports.env = { wasm: {} }`)
      const tried: Trial[] = []
      const engine = new OnnxRuntimeWeb(
        new TrialMemory(),
        () => installed,
        async (trial) => {
          tried.push(trial)
          return { kind: 'ok' }
        },
      )
      const session = await engine.open(onnx())
      assert.deepEqual(
        tried.map(({ library, dims, attempts }) => ({ library, dims, attempts })),
        [{ library: installed.entry, dims: [1, 4], attempts: [[32, 4]] }],
        'a foreign model is tried in a child process first',
      )
      const result = await session.run(Float32Array.of(1, 2, 3, 4), [1, 4], ['y', 'unknown'])
      assert.deepEqual([...result], [['y', { data: Float32Array.of(2, 4, 6, 8), dims: [1, 4] }]])
      assert.deepEqual((installed.load() as { env: unknown }).env, {
        wasm: { numThreads: 1, proxy: false },
        logLevel: 'fatal',
      })
    })
  })

  describe('the choice', () => {
    const session = (engine: string): Session => ({
      ...fakeSession([float('x')], [float('y')], () => ({})),
      engine,
    })
    const engine = (name: string, rest: Partial<Engine> = {}): Engine => ({
      name,
      check: async () => undefined,
      open: async () => session(name),
      ...rest,
    })
    const missing = (name: string): Engine =>
      engine(name, { check: async () => new DeviceError('model.engineMissing', { field: name }) })
    const refusing = (name: string): Engine =>
      engine(name, {
        open: async () => {
          throw new DeviceError('model.engineFailed', { field: name, reason: 'opset 99' })
        },
      })

    it('is the first engine that can run the model', async () => {
      assert.equal((await openModel([engine('a'), engine('b')], onnx())).engine, 'a')
      assert.equal((await openModel([missing('a'), engine('b')], onnx())).engine, 'b')
      assert.equal((await openModel([refusing('a'), engine('b')], onnx())).engine, 'b')
      assert.equal((await openModel([engine('a', { takes: () => false }), engine('b')], onnx())).engine, 'b')
    })

    it('can be overridden, and then nothing else is tried', async () => {
      assert.equal((await openModel([engine('a'), engine('b')], onnx(), { engine: 'b' })).engine, 'b')
      await assert.rejects(openModel([missing('a'), engine('b')], onnx(), { engine: 'a' }), DeviceError)
      await assert.rejects(
        openModel([engine('a', { takes: () => false })], onnx(), { engine: 'a' }),
        ConfigError,
      )
      await assert.rejects(
        openModel([engine('a')], onnx(), { engine: 'c' }),
        (error) => error instanceof ConfigError && /auto, a/.test(error.message),
      )
    })

    it('says what to install where there is no engine', async () => {
      await assert.rejects(
        openModel([missing('onnxruntime-node'), missing('onnxruntime-web')], onnx()),
        (error) =>
          error instanceof DeviceError &&
          error.key === 'model.noEngine' &&
          /onnxruntime-node is not installed; onnxruntime-web is not installed.*npm install onnxruntime-web/.test(
            error.message,
          ),
      )
    })

    it('says how to install just the engine that was chosen', async () => {
      for (const [name, told] of [
        [
          'onnxruntime-node',
          /^onnxruntime-node is chosen.*is not installed.*`ONNXRUNTIME_NODE_INSTALL=skip npm/,
        ],
        ['onnxruntime-web', /^onnxruntime-web is chosen.*is not installed.*`npm install onnxruntime-web`/],
      ] as const)
        await assert.rejects(
          openModel([missing(name), engine('b')], onnx(), { engine: name }),
          (error) => error instanceof MissingError && told.test(error.message),
        )
    })

    it('says why, not what to install, where an engine refuses the model', async () => {
      await assert.rejects(
        openModel([refusing('a'), missing('b')], onnx()),
        (error) =>
          error instanceof DeviceError &&
          error.key === 'model.engineRefused' &&
          /opset 99/.test(error.message),
      )
    })

    it('gives a model that crashed one engine to no other', async () => {
      const crashed = engine('a', {
        open: async () => {
          throw new InputError('model.onnxCrashed', { field: 'model', reason: 'SIGSEGV' })
        },
      })
      await assert.rejects(openModel([crashed, engine('b')], onnx()), InputError)
    })

    it('asks the guard first', async () => {
      const untouched = engine('a', { check: () => assert.fail('touched') })
      await assert.rejects(openModel([untouched], Buffer.from('not onnx')), InputError)
    })
  })
})
