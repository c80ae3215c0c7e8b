import type { Kernels } from './kernels'
import { plainGemm } from './plain-gemm'
import { expm1, sigmoid, tanh } from './plain-math'

const f = Math.fround
const LEAK = f(0.01)

function activation(kind: number): (x: number) => number {
  switch (kind) {
    case 1:
      return tanh
    case 2:
      return (x) => (x > 0 ? x : x === x ? 0 : x)
    case 3:
      return (x) => (x < 0 ? f(x * LEAK) : x)
    case 4:
      return (x) => (x < 0 ? expm1(x) : x)
    case 5:
      return sigmoid
    default:
      return (x) => x
  }
}

/** f'(x) from y = f(x). */
function slope(kind: number, y: number): number {
  switch (kind) {
    case 1:
      return f(1 - f(y * y))
    case 2:
      return y > 0 ? 1 : 0
    case 3:
      return y < 0 ? LEAK : 1
    case 4:
      return y < 0 ? f(y + 1) : 1
    case 5:
      return f(y * f(1 - y))
    default:
      return 1
  }
}

/** Sums in four lanes, as the vector kernels do. */
function laneSum(n: number, term: (index: number) => number): number {
  const lanes = [0, 0, 0, 0]
  for (let i = 0; i < n; i++) lanes[i & 3] = f(lanes[i & 3]! + term(i))
  return f(f(lanes[0]! + lanes[1]!) + f(lanes[2]! + lanes[3]!))
}

/** The kernels in plain JavaScript, for runtimes without WebAssembly SIMD; several times slower, equal to the bit. */
export function plainKernels(floats: number): Kernels {
  const heap = new Float32Array(floats)
  return {
    engine: 'plain',
    heap,
    gemm: plainGemm(heap),

    transpose(rows, columns, src, srcRow, dst, dstRow) {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++)
          heap[dst + column * dstRow + row] = heap[src + row * srcRow + column]!
      }
    },

    activate(kind, n, at) {
      if (kind === 0) return
      const apply = activation(kind)
      for (let i = at; i < at + n; i++) heap[i] = apply(heap[i]!)
    },

    activateBackward(kind, n, y, dy) {
      if (kind === 0) return
      for (let i = 0; i < n; i++) heap[dy + i] = f(heap[dy + i]! * slope(kind, heap[y + i]!))
    },

    add(n, src, dst) {
      for (let i = 0; i < n; i++) heap[dst + i] = f(heap[dst + i]! + heap[src + i]!)
    },

    columnSums(rows, columns, src, srcRow, dst) {
      for (let row = 0; row < rows; row++) {
        const from = src + row * srcRow
        for (let column = 0; column < columns; column++)
          heap[dst + column] = f(heap[dst + column]! + heap[from + column]!)
      }
    },

    sumSquares: (n, at) => laneSum(n, (i) => f(heap[at + i]! * heap[at + i]!)),

    squaredLoss(n, y, x, dy, scale) {
      const twice = f(f(scale) + f(scale))
      return laneSum(n, (i) => {
        const e = f(heap[y + i]! - heap[x + i]!)
        heap[dy + i] = twice * e
        return f(e * e)
      })
    },

    absoluteLoss(n, y, x, dy, scale) {
      return laneSum(n, (i) => {
        const e = f(heap[y + i]! - heap[x + i]!)
        heap[dy + i] = e > 0 ? scale : e < 0 ? -scale : 0
        return Math.abs(e)
      })
    },

    adam(n, p, g, m, v, clip, b1, b2, rate, root, epsilon, keep) {
      const rest1 = f(1 - f(b1))
      const rest2 = f(1 - f(b2))
      const [clips, keep2, rates] = [f(clip), f(b2), f(rate)]
      const [roots, epsilons, keeps] = [f(root), f(epsilon), f(keep)]
      for (let i = 0; i < n; i++) {
        const grad = f(heap[g + i]! * clips)
        const m0 = heap[m + i]!
        const mean = f(m0 + f(rest1 * f(grad - m0)))
        const square = f(f(keep2 * heap[v + i]!) + f(rest2 * f(grad * grad)))
        const below = f(f(f(Math.sqrt(square)) * roots) + epsilons)
        heap[m + i] = mean
        heap[v + i] = square
        heap[p + i] = f(f(heap[p + i]! * keeps) - f(f(rates * mean) / below))
      }
    },

    lstmForward(rows, units, gates, cBefore, c, tanhC, h) {
      for (let row = 0; row < rows; row++) {
        for (let unit = 0; unit < units; unit++) {
          const x = gates + row * 4 * units + unit
          const at = row * units + unit
          const i = sigmoid(heap[x]!)
          const forget = sigmoid(heap[x + units]!)
          const g = tanh(heap[x + 2 * units]!)
          const o = sigmoid(heap[x + 3 * units]!)
          const cell = f(f(forget * heap[cBefore + at]!) + f(i * g))
          const t = tanh(cell)
          heap[x] = i
          heap[x + units] = forget
          heap[x + 2 * units] = g
          heap[x + 3 * units] = o
          heap[c + at] = cell
          heap[tanhC + at] = t
          heap[h + at] = o * t
        }
      }
    },

    lstmBackward(rows, units, gates, cBefore, tanhC, dh, dc) {
      for (let row = 0; row < rows; row++) {
        for (let unit = 0; unit < units; unit++) {
          const x = gates + row * 4 * units + unit
          const at = row * units + unit
          const i = heap[x]!
          const forget = heap[x + units]!
          const g = heap[x + 2 * units]!
          const o = heap[x + 3 * units]!
          const t = heap[tanhC + at]!
          const dout = heap[dh + at]!
          const dcell = f(heap[dc + at]! + f(f(dout * o) * f(1 - f(t * t))))
          heap[x] = f(dcell * g) * f(i * f(1 - i))
          heap[x + units] = f(dcell * heap[cBefore + at]!) * f(forget * f(1 - forget))
          heap[x + 2 * units] = f(dcell * i) * f(1 - f(g * g))
          heap[x + 3 * units] = f(dout * t) * f(o * f(1 - o))
          heap[dc + at] = dcell * forget
        }
      }
    },
  }
}
