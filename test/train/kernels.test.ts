import assert from 'node:assert/strict'
import { Random } from '../../src/core/random'
import { HEAP_MARGIN, type Kernels } from '../../src/train/kernels/kernels'
import { plainKernels } from '../../src/train/kernels/plain-kernels'
import { wasmKernels } from '../../src/train/kernels/wasm-kernels'
import { buildKernels } from './build-kernels'

const SIZE = 60_000

/** Offset of the n-th region of a heap for tests. */
function region(n: number): number {
  return HEAP_MARGIN + n * 10_000
}

function filled(kernels: Kernels, seed: number): Kernels {
  const random = new Random(seed)
  for (let i = HEAP_MARGIN; i < SIZE - HEAP_MARGIN; i++) kernels.heap[i] = 4 * random.next() - 2
  return kernels
}

describe('kernels', () => {
  let wasm: Kernels
  let plain: Kernels

  before(() => {
    buildKernels()
    const made = wasmKernels(SIZE)
    assert.ok(made, 'WebAssembly SIMD')
    wasm = made
    plain = plainKernels(SIZE)
  })

  /** Runs `work` on both and compares all of their memory bit by bit. */
  function same(seed: number, work: (kernels: Kernels) => unknown): number {
    const [a, b] = [filled(wasm, seed), filled(plain, seed)].map(work)
    assert.ok(Object.is(a, b), `${a} in WebAssembly, ${b} in plain JavaScript`)
    const bits = (kernels: Kernels): Uint32Array =>
      new Uint32Array(kernels.heap.buffer, 4 * HEAP_MARGIN, SIZE - 2 * HEAP_MARGIN)
    const [mine, theirs] = [bits(wasm), bits(plain)]
    assert.equal(
      mine.findIndex((value, i) => value !== theirs[i]),
      -1,
      'first differing float',
    )
    return Number(a)
  }

  for (const [m, n, k] of [
    [1, 1, 1],
    [4, 8, 3],
    [5, 9, 7],
    [13, 30, 16],
    [3, 17, 260],
    [32, 6, 300],
    [7, 3, 0],
  ] as const) {
    for (const transposed of [false, true]) {
      it(`multiply ${m}×${k}${transposed ? ' transposed' : ''} by ${k}×${n}: the sums of double precision, the same bits in both`, () => {
        const [a, b, c, bias] = [region(0), region(1), region(2), region(3)]
        for (const start of [0, -1, bias]) {
          filled(plain, 7)
          const expected = new Float64Array(m * n)
          for (let i = 0; i < m; i++) {
            for (let j = 0; j < n; j++) {
              let sum = start === 0 ? 0 : plain.heap[start < 0 ? c + i * n + j : bias + j]!
              for (let l = 0; l < k; l++)
                sum += plain.heap[a + (transposed ? l * m + i : i * k + l)]! * plain.heap[b + l * n + j]!
              expected[i * n + j] = sum
            }
          }
          same(7, (kernels) => {
            kernels.gemm(m, n, k, a, transposed ? 1 : k, transposed ? m : 1, b, n, c, n, start, 1, 0, 0, 0)
          })
          const got = wasm.heap.subarray(c, c + m * n)
          expected.forEach((value, i) =>
            assert.ok(Math.abs(got[i]! - value) < 2e-6 * (k + 1) + 1e-6, `${got[i]} for ${value}`),
          )
        }
      })
    }
  }

  it('multiply batches whose windows overlap', () => {
    same(3, (kernels) => {
      kernels.gemm(5, 6, 9, region(0), 4, 1, region(1), 6, region(2), 6, region(3), 3, 50, 0, 40)
    })
  })

  it('have activations within 1e-6 of the exact ones, relative for tanh', () => {
    const exact: readonly [number, (x: number) => number][] = [
      [1, Math.tanh],
      [2, (x) => Math.max(0, x)],
      [3, (x) => (x < 0 ? 0.01 * x : x)],
      [4, (x) => (x < 0 ? Math.expm1(x) : x)],
      [5, (x) => 1 / (1 + Math.exp(-x))],
    ]
    const inputs = Float32Array.from({ length: 4003 }, (_, i) => (i - 2000) / 150)
    for (const [kind, f] of exact) {
      for (const kernels of [wasm, plain]) {
        kernels.heap.set(inputs, region(0))
        kernels.activate(kind, inputs.length, region(0))
        inputs.forEach((x, i) => {
          const [got, expected] = [kernels.heap[region(0) + i]!, f(x)]
          assert.ok(
            Math.abs(got - expected) < 1e-6 * (kind === 1 ? Math.abs(expected) + 1e-30 : 1),
            `${kind}: ${got} for f(${x}) = ${expected}`,
          )
        })
      }
    }
  })

  it('give the same bits in both: activations and their slopes', () => {
    for (const kind of [0, 1, 2, 3, 4, 5]) {
      for (const n of [1, 4, 7, 1003]) {
        same(kind + 1, (kernels) => {
          kernels.activate(kind, n, region(0))
          kernels.activateBackward(kind, n, region(0), region(1))
        })
      }
    }
  })

  it('give the same bits in both: sums, losses, transposition', () => {
    for (const n of [1, 3, 4, 6, 1001]) {
      same(n, (kernels) => kernels.add(n, region(0), region(1)))
      same(n, (kernels) => kernels.columnSums(9, n, region(0), n, region(1)))
      same(n, (kernels) => kernels.sumSquares(n, region(0)))
      same(n, (kernels) => kernels.squaredLoss(n, region(0), region(1), region(2), 0.3))
      same(n, (kernels) => kernels.absoluteLoss(n, region(0), region(1), region(2), 0.3))
      same(n, (kernels) => kernels.transpose(5, n, region(0), n, region(1), 5))
    }
  })

  it('give the same bits in both: an LSTM step forth and back', () => {
    for (const [rows, units] of [
      [1, 4],
      [3, 7],
      [5, 32],
    ] as const) {
      same(rows, (kernels) => {
        kernels.lstmForward(rows, units, region(0), region(1), region(2), region(3), region(4))
        kernels.lstmBackward(rows, units, region(0), region(1), region(3), region(4), region(2))
      })
    }
  })

  it('take the steps of Adam that double precision takes', () => {
    const n = 11
    const [p, g, m, v] = [region(0), region(1), region(2), region(3)]
    filled(plain, 5)
    for (let i = 0; i < n; i++) plain.heap[v + i] = Math.abs(plain.heap[v + i]!)
    const before = plain.heap.slice()
    const step = (kernels: Kernels): void =>
      kernels.adam(n, p, g, m, v, 0.5, 0.9, 0.999, 0.01, 1.5, 1e-8, 0.99)
    step(plain)
    for (let i = 0; i < n; i++) {
      const grad = 0.5 * before[g + i]!
      const mean = 0.9 * before[m + i]! + 0.1 * grad
      const square = 0.999 * before[v + i]! + 0.001 * grad * grad
      const expected = 0.99 * before[p + i]! - (0.01 * mean) / (Math.sqrt(square) * 1.5 + 1e-8)
      assert.ok(Math.abs(plain.heap[p + i]! - expected) < 1e-6, `${plain.heap[p + i]} for ${expected}`)
    }
    same(5, (kernels) => {
      for (let i = 0; i < n; i++) kernels.heap[v + i] = Math.abs(kernels.heap[v + i]!)
      step(kernels)
    })
  })
})
