import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import path from 'node:path'
import { DeviceError, InputError } from '../../src/core/errors'
import { defaultEngines, openModel } from '../../src/model/engines/choose'
import { OnnxRuntimeNode } from '../../src/model/engines/onnxruntime-node'
import { TrialMemory } from '../../src/model/engines/trial-memory'
import { guardOnnx, MAX_ONNX_BYTES } from '../../src/model/onnx/guard'
import { mutants, onnxFiles } from '../model/onnx/mutants'
import { join, len, node, num, onnx, tensor, value, wholes, type Piece } from '../model/onnx/proto'

/** A tensor whose data are said to be elsewhere. */
const external = (location: string, ...more: readonly Piece[]): Piece =>
  join(
    num(1, 4),
    num(2, 1),
    len(8, 'w'),
    len(13, join(len(1, 'location'), len(2, location))),
    num(14, 1),
    ...more,
  )
const attribute = (name: string, ...content: readonly Piece[]): Piece =>
  len(5, join(len(1, name), ...content))
const entry = (key: string, text: string): Piece => len(13, join(len(1, key), len(2, text)))
const deep = (depth: number): Piece => {
  let piece: Piece = node('Relu', 'x', 'y')
  for (let i = 0; i < depth; i++)
    piece = node('If', 'x', 'y', attribute('then_branch', len(6, len(1, piece))))
  return piece
}

/** An operator of several inputs. */
const nodeOf = (op: string, inputs: readonly string[], output: string, ...extra: readonly Piece[]): Piece =>
  join(...inputs.map((each) => len(1, each)), len(2, output), len(4, op), ...extra)
/** y = x + the sum of a tensor that these nodes make and call `t`. */
const summed = (...nodes: readonly Piece[]): readonly Piece[] => [
  ...nodes,
  node('ReduceSum', 't', 's', attribute('keepdims', num(3, 0), num(20, 2))),
  nodeOf('Add', ['x', 's'], 'y'),
]
const fixed = (...lengths: readonly number[]): Uint8Array =>
  onnx({ inputs: [value('x', ...lengths)], outputs: [value('y', ...lengths)] })

/** What is refused, by what, and under which key of the catalogue. */
const HOSTILE: readonly (readonly [string, string, () => Uint8Array])[] = [
  [
    'weights in a file above the model folder',
    'model.onnxExternal',
    () => onnx({ initializers: [external('../secret.bin')] }),
  ],
  [
    'weights at an absolute path',
    'model.onnxExternal',
    () => onnx({ initializers: [external('/etc/passwd')] }),
  ],
  [
    'weights in a file beside it (a symbolic or hard link)',
    'model.onnxExternal',
    () => onnx({ initializers: [external('link.bin')] }),
  ],
  [
    'weights at a memory address of the process',
    'model.onnxExternal',
    () =>
      onnx({
        initializers: [external('*/_ORT_MEM_ADDR_/*', entry('offset', '4096'), entry('length', '16'))],
      }),
  ],
  [
    'a location without the mark that data are external',
    'model.onnxExternal',
    () => onnx({ initializers: [tensor('w', [4], entry('location', '/etc/passwd'))] }),
  ],
  [
    'the mark without a location',
    'model.onnxExternal',
    () => onnx({ initializers: [tensor('w', [4], num(14, 1))] }),
  ],
  [
    'external data in the value of a Constant',
    'model.onnxExternal',
    () => onnx({ nodes: [node('Constant', '', 'y', attribute('value', len(5, external('../secret.bin'))))] }),
  ],
  [
    'external data in a list of tensors',
    'model.onnxExternal',
    () =>
      onnx({ nodes: [node('Constant', '', 'y', attribute('values', len(10, external('../secret.bin'))))] }),
  ],
  [
    'external data in a second piece of the graph',
    'model.onnxExternal',
    () => onnx({ model: [len(7, len(5, external('../secret.bin')))] }),
  ],
  [
    'a sparse initializer',
    'model.onnxSparse',
    () => onnx({ graph: [len(15, len(1, external('../secret.bin')))] }),
  ],
  [
    'a sparse value of a Constant',
    'model.onnxSparse',
    () =>
      onnx({ nodes: [node('Constant', '', 'y', attribute('sparse_value', len(22, len(1, external('x')))))] }),
  ],
  ['graphs within graphs, 1 deep', 'model.onnxSubgraph', () => onnx({ nodes: [deep(1)] })],
  ['graphs within graphs, 300 deep', 'model.onnxSubgraph', () => onnx({ nodes: [deep(300)] })],
  [
    'a list of graphs',
    'model.onnxSubgraph',
    () => onnx({ nodes: [node('Relu', 'x', 'y', attribute('bodies', len(11, [])))] }),
  ],
  [
    'an attribute that is a type',
    'model.onnxSubgraph',
    () => onnx({ nodes: [node('Relu', 'x', 'y', attribute('t', len(14, [])))] }),
  ],
  [
    'a function of its own',
    'model.onnxFunction',
    () => onnx({ model: [len(25, join(len(1, 'f'), len(7, node('If', 'x', 'y'))))] }),
  ],
  [
    'an attribute that refers to a function',
    'model.onnxFunction',
    () => onnx({ nodes: [node('Relu', 'x', 'y', attribute('alpha', len(21, 'a')))] }),
  ],
  ['training steps', 'model.onnxTraining', () => onnx({ model: [len(20, len(1, len(1, deep(1))))] })],
  [
    'an operator of a foreign domain',
    'model.onnxDomain',
    () => onnx({ nodes: [node('PyOp', 'x', 'y', len(7, 'ai.onnx.contrib'))] }),
  ],
  [
    "an operator of the runtime maker's domain",
    'model.onnxDomain',
    () => onnx({ nodes: [node('Relu', 'x', 'y', len(7, 'com.microsoft'))] }),
  ],
  [
    'the import of an unknown domain',
    'model.onnxDomain',
    () => onnx({ opsets: [num(2, 17), join(len(1, 'com.evil'), num(2, 1))] }),
  ],
  [
    'an operator that draws random numbers',
    'model.onnxOperator',
    () => onnx({ nodes: [node('RandomNormal', '', 'y')] }),
  ],
  ['a loop', 'model.onnxOperator', () => onnx({ nodes: [node('Loop', 'x', 'y')] })],
  [
    'an operator with a NUL in its name',
    'model.onnxOperator',
    () => onnx({ nodes: [node('Relu\0', 'x', 'y')] }),
  ],
  [
    'a node without an operator',
    'model.onnxOperator',
    () => onnx({ nodes: [join(len(1, 'x'), len(2, 'y'))] }),
  ],
  [
    'a tensor that declares 4 TB',
    'model.onnxHuge',
    () =>
      onnx({
        initializers: [join(num(1, 2 ** 20), num(1, 2 ** 20), num(2, 1), len(8, 'w'), len(9, [0, 0, 0, 0]))],
      }),
  ],
  [
    'a tensor with lengths whose product overflows 64 bits',
    'model.onnxHuge',
    () =>
      onnx({
        initializers: [join(num(1, 2n ** 62n), num(1, 4), num(2, 1), len(8, 'w'), len(9, [0, 0, 0, 0]))],
      }),
  ],
  [
    'a tensor of negative length',
    'model.onnxMalformed',
    () => onnx({ initializers: [join(num(1, -4), num(2, 1), len(8, 'w'))] }),
  ],
  [
    'a tensor of 10,000 dimensions',
    'model.onnxMalformed',
    () => onnx({ initializers: [tensor('w', new Array<number>(10_000).fill(1))] }),
  ],
  [
    'more nodes than any model has',
    'model.onnxMalformed',
    () => onnx({ graph: [new Array<Piece>(25_000).fill([0x0a, 0]).flat()] }),
  ],
  ['a field that ONNX does not have', 'model.onnxMalformed', () => onnx({ model: [len(99, 'x')] })],
  ['a field of the wrong kind', 'model.onnxMalformed', () => onnx({ model: [num(7, 5)] })],
  ['a group', 'model.onnxMalformed', () => onnx({ model: [[0x3b, 0x3c]] })],
  [
    'a length beyond the end',
    'model.onnxMalformed',
    () => Uint8Array.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]),
  ],
  [
    'a length beyond 64 bits',
    'model.onnxMalformed',
    () => Uint8Array.from([0x3a, ...new Array<number>(10).fill(0xff), 0x01]),
  ],
  [
    'a tensor of 1e9 floats, made from a few bytes',
    'model.onnxMakesHuge',
    () => onnx({ initializers: [wholes('w', 1e9)], nodes: summed(node('ConstantOfShape', 'w', 't')) }),
  ],
  [
    'the same with its size in a Constant',
    'model.onnxMakesHuge',
    () =>
      onnx({
        nodes: summed(
          node('Constant', '', 'w', attribute('value_ints', num(8, 30_000), num(8, 30_000))),
          node('ConstantOfShape', 'w', 't'),
        ),
      }),
  ],
  [
    'one value spread over 1e9',
    'model.onnxMakesHuge',
    () =>
      onnx({
        initializers: [tensor('one', [1]), wholes('w', 1e9)],
        nodes: summed(nodeOf('Expand', ['one', 'w'], 't')),
      }),
  ],
  [
    'one value repeated 1e9 times',
    'model.onnxMakesHuge',
    () =>
      onnx({
        initializers: [tensor('one', [1]), wholes('w', 1e9)],
        nodes: summed(nodeOf('Tile', ['one', 'w'], 't')),
      }),
  ],
  [
    'a range up to 1e9',
    'model.onnxMakesHuge',
    () =>
      onnx({
        initializers: [wholes('from', 0), wholes('to', 1e9), wholes('by', 1)],
        nodes: summed(nodeOf('Range', ['from', 'to', 'by'], 't')),
      }),
  ],
  [
    'a margin of 1e9',
    'model.onnxMakesHuge',
    () =>
      onnx({
        initializers: [tensor('one', [1]), wholes('w', 0, 1e9)],
        nodes: summed(nodeOf('Pad', ['one', 'w'], 't')),
      }),
  ],
  [
    'an image of 30,000 × 30,000',
    'model.onnxMakesHuge',
    () =>
      onnx({
        initializers: [tensor('one', [1, 1]), wholes('w', 30_000, 30_000)],
        nodes: summed(nodeOf('Resize', ['one', '', '', 'w'], 't')),
      }),
  ],
  [
    'a tensor as large as a value of the window says',
    'model.onnxSizes',
    () =>
      onnx({
        nodes: summed(node('Cast', 'x', 'w', attribute('to', num(3, 7))), node('ConstantOfShape', 'w', 't')),
      }),
  ],
  [
    'a shape that values of the window say',
    'model.onnxSizes',
    () =>
      onnx({
        nodes: [node('Cast', 'x', 'w', attribute('to', num(3, 7))), nodeOf('Reshape', ['x', 'w'], 'y')],
      }),
  ],
  ['windows by 30 million', 'model.onnxInputHuge', () => fixed(30e6, 4)],
  ['windows by 1e15', 'model.onnxInputHuge', () => fixed(1e15, 4)],
  ['windows of 5 million values', 'model.onnxInputHuge', () => onnx({ inputs: [value('x', 'batch', 5e6)] })],
  ['no graph', 'model.onnxMalformed', () => Uint8Array.from(num(1, 8))],
  ['no operator set', 'model.onnxMalformed', () => onnx({ opsets: [] })],
  ['no output', 'model.onnxMalformed', () => onnx({ outputs: [] })],
  ['a name of 100 KB', 'model.onnxMalformed', () => onnx({ inputs: [value('x'.repeat(100_000), 4)] })],
  ['nothing', 'model.onnxEmpty', () => new Uint8Array(0)],
  ['more than 64 MB', 'model.onnxTooLarge', () => new Uint8Array(MAX_ONNX_BYTES + 1)],
  ['a text', 'model.onnxMalformed', () => Buffer.from('{"hello": "world"}')],
  ['a PNG', 'model.onnxMalformed', () => Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
]

/** Mutated models, and how long those that pass the guard are opened, s. */
const MUTATED = 10_000
const SECONDS = 15

describe('hostile models', () => {
  it('are at least 20, and the harmless model that they are made of passes', () => {
    assert.ok(HOSTILE.length >= 20)
    assert.equal(guardOnnx(onnx()).inputs[0]?.name, 'x')
    assert.equal(
      guardOnnx(onnx({ opsets: [num(2, 17), join(len(1, 'com.microsoft'), num(2, 1))] })).nodes.length,
      1,
    )
  })

  for (const [what, key, make] of HOSTILE) {
    it(`${what}: refused in plain words`, () => {
      assert.throws(
        () => guardOnnx(make()),
        (error) => error instanceof InputError && error.key === key && error.message.length > 20,
      )
    })
  }

  it('are never handed to the engine: neither its library nor a child process is touched', async () => {
    const touched = (): never => assert.fail('touched')
    const engine = new OnnxRuntimeNode(new TrialMemory(), touched, touched)
    for (const [, , make] of HOSTILE) await assert.rejects(engine.open(make()), InputError)
  })

  /** What no list of sizes shows: each doubling is small, and depends on the shape of the input alone. */
  const doubled = (times: number): Uint8Array => {
    const names = Array.from({ length: times + 1 }, (_, i) => (i === 0 ? 'x' : i === times ? 't' : `d${i}`))
    const axis = attribute('axis', num(3, 1), num(20, 2))
    return onnx({
      nodes: summed(...names.slice(1).map((name, i) => nodeOf('Concat', [names[i]!, names[i]!], name, axis))),
    })
  }

  for (const name of ['onnxruntime-node', 'onnxruntime-web'])
    it(`that pass the guard but take 4 GB, or 500 MB with 32 windows, are refused unopened: ${name}`, async function () {
      this.timeout(120_000)
      const engines = defaultEngines()
      if ((await engines.find((engine) => engine.name === name)?.check()) !== undefined) {
        this.test!.title += ` (skipped: ${name} is not installed)`
        this.skip()
      }
      // What this process has taken before counts for nothing in its children.
      Buffer.alloc(400 * 2 ** 20, 1)
      const before = process.memoryUsage().rss
      for (const times of [28, 20]) {
        await assert.rejects(openModel(engines, doubled(times), { engine: name }), (error) => {
          assert.ok(error instanceof DeviceError || error instanceof InputError, String(error))
          return /takes more than \d+ MB|alloc|SIG/i.test(error.message)
        })
      }
      assert.ok((process.memoryUsage().rss - before) / 2 ** 20 < 100, 'here nothing of it is taken')
      const session = await openModel(engines, doubled(10), { engine: name })
      const { data } = (await session.run(new Float32Array(128).fill(1), [32, 4], ['y'])).get('y')!
      assert.equal(data[0], 1 + 32 * 4 * 1024)
      await session.dispose()
    })

  it('every model of the project passes the guard', () => {
    for (const bytes of onnxFiles()) assert.ok(guardOnnx(bytes).nodes.length > 0)
  })

  it('10,000 mutated models: the guard passes or refuses them, it never fails', function () {
    this.timeout(120_000)
    let refused = 0
    for (const { refusal } of mutants(MUTATED)) if (refusal !== undefined) refused++
    assert.ok(refused > 1000 && refused < 9900, `${refused} refused`)
  })

  for (const name of ['onnxruntime-node', 'onnxruntime-web'])
    it(`of these, what passes the guard does not crash ${name}`, async function () {
      this.timeout(1000 * SECONDS + 60_000)
      if (
        (await defaultEngines()
          .find((engine) => engine.name === name)
          ?.check()) !== undefined
      ) {
        this.test!.title += ` (skipped: ${name} is not installed)`
        this.skip()
      }
      const script = path.join(__dirname, '../model/onnx/open-mutated.ts')
      const args = ['--require', 'tsx/cjs', script, name, String(MUTATED), String(SECONDS)]
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
      const [out, errors] = [text(child.stdout), text(child.stderr)]
      const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
      assert.deepEqual([code, signal], [0, null], await errors)
      const counts = JSON.parse(await out) as { passed: number; opened: number; refused: number }
      const { passed, opened, refused } = counts
      this.test!.title += `: ${passed} tried, ${opened} opened, ${refused} refused`
      assert.equal(opened + refused, passed)
      assert.ok(passed > 100 && opened > 50 && refused > 5, JSON.stringify(counts))
    })
})
