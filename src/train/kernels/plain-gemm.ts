import type { Kernels } from './kernels'

const f = Math.fround

/** gemm over `heap`: four rows of A by two columns of B at a time, each sum rounded to single precision in the order of k. */
export function plainGemm(heap: Float32Array): Kernels['gemm'] {
  function quad(
    k: number,
    a: number,
    aRow: number,
    aStep: number,
    b: number,
    bRow: number,
    c: number,
    cRow: number,
    from: number,
    fromRow: number,
  ): void {
    let s0 = from === 0 ? 0 : heap[from]!
    let s1 = from === 0 ? 0 : heap[from + 1]!
    let t0 = from === 0 ? 0 : heap[from + fromRow]!
    let t1 = from === 0 ? 0 : heap[from + fromRow + 1]!
    let u0 = from === 0 ? 0 : heap[from + 2 * fromRow]!
    let u1 = from === 0 ? 0 : heap[from + 2 * fromRow + 1]!
    let v0 = from === 0 ? 0 : heap[from + 3 * fromRow]!
    let v1 = from === 0 ? 0 : heap[from + 3 * fromRow + 1]!
    for (let step = 0; step < k; step++) {
      const y0 = heap[b]!
      const y1 = heap[b + 1]!
      let x = heap[a]!
      s0 = f(s0 + f(x * y0))
      s1 = f(s1 + f(x * y1))
      x = heap[a + aRow]!
      t0 = f(t0 + f(x * y0))
      t1 = f(t1 + f(x * y1))
      x = heap[a + 2 * aRow]!
      u0 = f(u0 + f(x * y0))
      u1 = f(u1 + f(x * y1))
      x = heap[a + 3 * aRow]!
      v0 = f(v0 + f(x * y0))
      v1 = f(v1 + f(x * y1))
      a += aStep
      b += bRow
    }
    heap[c] = s0
    heap[c + 1] = s1
    heap[c + cRow] = t0
    heap[c + cRow + 1] = t1
    heap[c + 2 * cRow] = u0
    heap[c + 2 * cRow + 1] = u1
    heap[c + 3 * cRow] = v0
    heap[c + 3 * cRow + 1] = v1
  }

  /** One row by eight columns. */
  function wide(k: number, a: number, aStep: number, b: number, bRow: number, c: number, from: number): void {
    let s0 = from === 0 ? 0 : heap[from]!
    let s1 = from === 0 ? 0 : heap[from + 1]!
    let s2 = from === 0 ? 0 : heap[from + 2]!
    let s3 = from === 0 ? 0 : heap[from + 3]!
    let s4 = from === 0 ? 0 : heap[from + 4]!
    let s5 = from === 0 ? 0 : heap[from + 5]!
    let s6 = from === 0 ? 0 : heap[from + 6]!
    let s7 = from === 0 ? 0 : heap[from + 7]!
    for (let step = 0; step < k; step++) {
      const x = heap[a]!
      s0 = f(s0 + f(x * heap[b]!))
      s1 = f(s1 + f(x * heap[b + 1]!))
      s2 = f(s2 + f(x * heap[b + 2]!))
      s3 = f(s3 + f(x * heap[b + 3]!))
      s4 = f(s4 + f(x * heap[b + 4]!))
      s5 = f(s5 + f(x * heap[b + 5]!))
      s6 = f(s6 + f(x * heap[b + 6]!))
      s7 = f(s7 + f(x * heap[b + 7]!))
      a += aStep
      b += bRow
    }
    heap[c] = s0
    heap[c + 1] = s1
    heap[c + 2] = s2
    heap[c + 3] = s3
    heap[c + 4] = s4
    heap[c + 5] = s5
    heap[c + 6] = s6
    heap[c + 7] = s7
  }

  /** One row by four columns, or by fewer at the end of a row. */
  function strip(
    k: number,
    a: number,
    aStep: number,
    b: number,
    bRow: number,
    c: number,
    from: number,
    width: number,
  ): void {
    let s0 = from === 0 ? 0 : heap[from]!
    let s1 = from === 0 ? 0 : heap[from + 1]!
    let s2 = from === 0 ? 0 : heap[from + 2]!
    let s3 = from === 0 ? 0 : heap[from + 3]!
    for (let step = 0; step < k; step++) {
      const x = heap[a]!
      s0 = f(s0 + f(x * heap[b]!))
      s1 = f(s1 + f(x * heap[b + 1]!))
      s2 = f(s2 + f(x * heap[b + 2]!))
      s3 = f(s3 + f(x * heap[b + 3]!))
      a += aStep
      b += bRow
    }
    heap[c] = s0
    if (width > 1) heap[c + 1] = s1
    if (width > 2) heap[c + 2] = s2
    if (width > 3) heap[c + 3] = s3
  }

  return (m, n, k, a, aRow, aStep, b, bRow, c, cRow, start, count, aBatch, bBatch, cBatch) => {
    const quads = m & ~3
    const pairs = n & ~1
    for (let index = 0; index < count; index++) {
      for (let i = 0; i < m; i++) {
        const whole = i < quads
        const row = a + i * aRow
        const into = c + i * cRow
        const from = start < 0 ? into : start
        const fromRow = start < 0 ? cRow : 0
        let j = whole ? pairs : 0
        for (; j + 8 <= n; j += 8) wide(k, row, aStep, b + j, bRow, into + j, from === 0 ? 0 : from + j)
        for (; j < n; j += 4) {
          strip(k, row, aStep, b + j, bRow, into + j, from === 0 ? 0 : from + j, n - j)
        }
        if (!whole || (i & 3) !== 0) continue
        for (let j = 0; j < pairs; j += 2) {
          quad(k, row, aRow, aStep, b + j, bRow, into + j, cRow, from === 0 ? 0 : from + j, fromRow)
        }
      }
      a += aBatch
      b += bBatch
      c += cBatch
    }
  }
}
