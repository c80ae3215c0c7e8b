// C (+)= A·B in single precision. B and C are row-major; A may be read along either axis, and its rows may
// overlap (the windows of a convolution). Every element is summed in the order of k by itself, whatever tile it
// falls into, so a row's result does not depend on the rows beside it.
// Reads may pass a row's end by up to 7 floats (the lanes are dropped), writes never do.

/** Depth of a pass over k: its panel of B stays in the first-level cache. */
const DEPTH: i32 = 256

@inline
function storePart(at: usize, value: v128, width: i32): void {
  if (width >= 4) {
    v128.store(at, value)
    return
  }
  if (width > 0) v128.store_lane<f32>(at, value, 0)
  if (width > 1) v128.store_lane<f32>(at, value, 1, 4)
  if (width > 2) v128.store_lane<f32>(at, value, 2, 8)
}

/** Four rows by eight columns; `from` and `fromRow` tell where the sums begin. A's rows are `aRow` bytes apart, contiguous in k. */
function tile4x8(k: i32, a: usize, aRow: usize, b: usize, bRow: usize, c: usize, cRow: usize, from: usize, fromRow: usize, width: i32): void {
  let s00: v128, s01: v128, s10: v128, s11: v128, s20: v128, s21: v128, s30: v128, s31: v128
  if (from == 0) {
    s00 = s01 = s10 = s11 = s20 = s21 = s30 = s31 = f32x4.splat(0)
  } else {
    s00 = v128.load(from)
    s01 = v128.load(from, 16)
    s10 = v128.load(from + fromRow)
    s11 = v128.load(from + fromRow, 16)
    s20 = v128.load(from + 2 * fromRow)
    s21 = v128.load(from + 2 * fromRow, 16)
    s30 = v128.load(from + 3 * fromRow)
    s31 = v128.load(from + 3 * fromRow, 16)
  }
  let a1 = a + aRow
  let a2 = a1 + aRow
  let a3 = a2 + aRow
  let i = k >> 1
  while (i > 0) {
    let b0 = v128.load(b)
    let b1 = v128.load(b, 16)
    let x = v128.load_splat<f32>(a)
    s00 = f32x4.add(s00, f32x4.mul(x, b0))
    s01 = f32x4.add(s01, f32x4.mul(x, b1))
    x = v128.load_splat<f32>(a1)
    s10 = f32x4.add(s10, f32x4.mul(x, b0))
    s11 = f32x4.add(s11, f32x4.mul(x, b1))
    x = v128.load_splat<f32>(a2)
    s20 = f32x4.add(s20, f32x4.mul(x, b0))
    s21 = f32x4.add(s21, f32x4.mul(x, b1))
    x = v128.load_splat<f32>(a3)
    s30 = f32x4.add(s30, f32x4.mul(x, b0))
    s31 = f32x4.add(s31, f32x4.mul(x, b1))
    b += bRow
    b0 = v128.load(b)
    b1 = v128.load(b, 16)
    x = v128.load_splat<f32>(a, 4)
    s00 = f32x4.add(s00, f32x4.mul(x, b0))
    s01 = f32x4.add(s01, f32x4.mul(x, b1))
    x = v128.load_splat<f32>(a1, 4)
    s10 = f32x4.add(s10, f32x4.mul(x, b0))
    s11 = f32x4.add(s11, f32x4.mul(x, b1))
    x = v128.load_splat<f32>(a2, 4)
    s20 = f32x4.add(s20, f32x4.mul(x, b0))
    s21 = f32x4.add(s21, f32x4.mul(x, b1))
    x = v128.load_splat<f32>(a3, 4)
    s30 = f32x4.add(s30, f32x4.mul(x, b0))
    s31 = f32x4.add(s31, f32x4.mul(x, b1))
    b += bRow
    a += 8
    a1 += 8
    a2 += 8
    a3 += 8
    i--
  }
  if (k & 1) {
    const b0 = v128.load(b)
    const b1 = v128.load(b, 16)
    let x = v128.load_splat<f32>(a)
    s00 = f32x4.add(s00, f32x4.mul(x, b0))
    s01 = f32x4.add(s01, f32x4.mul(x, b1))
    x = v128.load_splat<f32>(a1)
    s10 = f32x4.add(s10, f32x4.mul(x, b0))
    s11 = f32x4.add(s11, f32x4.mul(x, b1))
    x = v128.load_splat<f32>(a2)
    s20 = f32x4.add(s20, f32x4.mul(x, b0))
    s21 = f32x4.add(s21, f32x4.mul(x, b1))
    x = v128.load_splat<f32>(a3)
    s30 = f32x4.add(s30, f32x4.mul(x, b0))
    s31 = f32x4.add(s31, f32x4.mul(x, b1))
  }
  storeRow(c, s00, s01, width)
  storeRow(c + cRow, s10, s11, width)
  storeRow(c + 2 * cRow, s20, s21, width)
  storeRow(c + 3 * cRow, s30, s31, width)
}

@inline
function storeRow(at: usize, left: v128, right: v128, width: i32): void {
  if (width >= 8) {
    v128.store(at, left)
    v128.store(at, right, 16)
  } else {
    storePart(at, left, width)
    storePart(at + 16, right, width - 4)
  }
}

/** As tile4x8, with A's four rows side by side in memory and `aStep` bytes from one k to the next: A transposed. */
function tile4x8t(k: i32, a: usize, aStep: usize, b: usize, bRow: usize, c: usize, cRow: usize, from: usize, fromRow: usize, width: i32): void {
  let s00: v128, s01: v128, s10: v128, s11: v128, s20: v128, s21: v128, s30: v128, s31: v128
  if (from == 0) {
    s00 = s01 = s10 = s11 = s20 = s21 = s30 = s31 = f32x4.splat(0)
  } else {
    s00 = v128.load(from)
    s01 = v128.load(from, 16)
    s10 = v128.load(from + fromRow)
    s11 = v128.load(from + fromRow, 16)
    s20 = v128.load(from + 2 * fromRow)
    s21 = v128.load(from + 2 * fromRow, 16)
    s30 = v128.load(from + 3 * fromRow)
    s31 = v128.load(from + 3 * fromRow, 16)
  }
  while (k > 0) {
    const b0 = v128.load(b)
    const b1 = v128.load(b, 16)
    let x = v128.load_splat<f32>(a)
    s00 = f32x4.add(s00, f32x4.mul(x, b0))
    s01 = f32x4.add(s01, f32x4.mul(x, b1))
    x = v128.load_splat<f32>(a, 4)
    s10 = f32x4.add(s10, f32x4.mul(x, b0))
    s11 = f32x4.add(s11, f32x4.mul(x, b1))
    x = v128.load_splat<f32>(a, 8)
    s20 = f32x4.add(s20, f32x4.mul(x, b0))
    s21 = f32x4.add(s21, f32x4.mul(x, b1))
    x = v128.load_splat<f32>(a, 12)
    s30 = f32x4.add(s30, f32x4.mul(x, b0))
    s31 = f32x4.add(s31, f32x4.mul(x, b1))
    b += bRow
    a += aStep
    k--
  }
  storeRow(c, s00, s01, width)
  storeRow(c + cRow, s10, s11, width)
  storeRow(c + 2 * cRow, s20, s21, width)
  storeRow(c + 3 * cRow, s30, s31, width)
}

/** One row by sixteen columns. */
function tile1x16(k: i32, a: usize, aStep: usize, b: usize, bRow: usize, c: usize, from: usize): void {
  let s0: v128, s1: v128, s2: v128, s3: v128
  if (from == 0) {
    s0 = s1 = s2 = s3 = f32x4.splat(0)
  } else {
    s0 = v128.load(from)
    s1 = v128.load(from, 16)
    s2 = v128.load(from, 32)
    s3 = v128.load(from, 48)
  }
  while (k > 0) {
    const x = v128.load_splat<f32>(a)
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(b)))
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(b, 16)))
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(b, 32)))
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(b, 48)))
    b += bRow
    a += aStep
    k--
  }
  v128.store(c, s0)
  v128.store(c, s1, 16)
  v128.store(c, s2, 32)
  v128.store(c, s3, 48)
}

/** One row by up to eight columns. */
function tile1x8(k: i32, a: usize, aStep: usize, b: usize, bRow: usize, c: usize, from: usize, width: i32): void {
  let s0: v128, s1: v128
  if (from == 0) {
    s0 = s1 = f32x4.splat(0)
  } else {
    s0 = v128.load(from)
    s1 = v128.load(from, 16)
  }
  while (k > 0) {
    const x = v128.load_splat<f32>(a)
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(b)))
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(b, 16)))
    b += bRow
    a += aStep
    k--
  }
  storeRow(c, s0, s1, width)
}

/** One product; `from` is 0 (sums begin at zero), C itself (accumulate) or a row of biases (`fromRow` 0). All strides in bytes. */
function product(m: i32, n: i32, k: i32, a: usize, aRow: usize, aStep: usize, b: usize, bRow: usize, c: usize, cRow: usize, from: usize, fromRow: usize): void {
  const quads = m & ~3
  for (let j = 0; j < n; j += 8) {
    const width = n - j
    const shift = (<usize>j) << 2
    const start = from == 0 ? 0 : from + shift
    if (aStep == 4) {
      for (let i = 0; i < quads; i += 4) {
        const row = <usize>i
        tile4x8(k, a + row * aRow, aRow, b + shift, bRow, c + row * cRow + shift, cRow, start == 0 ? 0 : start + row * fromRow, fromRow, width)
      }
    } else {
      for (let i = 0; i < quads; i += 4) {
        const row = <usize>i
        tile4x8t(k, a + row * aRow, aStep, b + shift, bRow, c + row * cRow + shift, cRow, start == 0 ? 0 : start + row * fromRow, fromRow, width)
      }
    }
  }
  for (let i = quads; i < m; i++) {
    const row = <usize>i
    const first = a + row * aRow
    let j = 0
    for (; j + 16 <= n; j += 16) {
      const shift = (<usize>j) << 2
      tile1x16(k, first, aStep, b + shift, bRow, c + row * cRow + shift, from == 0 ? 0 : from + row * fromRow + shift)
    }
    for (; j < n; j += 8) {
      const shift = (<usize>j) << 2
      tile1x8(k, first, aStep, b + shift, bRow, c + row * cRow + shift, from == 0 ? 0 : from + row * fromRow + shift, n - j)
    }
  }
}

/**
 * `count` products, each A, B and C `aBatch`, `bBatch`, `cBatch` floats after the one before. Offsets and strides in floats.
 * `start`: 0 begins at zero, -1 adds to C, else the offset of a row of biases. aStep is 1, or aRow is 1 (A transposed).
 */
export function gemm(
  m: i32, n: i32, k: i32, a: i32, aRow: i32, aStep: i32, b: i32, bRow: i32, c: i32, cRow: i32,
  start: i32, count: i32, aBatch: i32, bBatch: i32, cBatch: i32,
): void {
  for (let index = 0; index < count; index++) {
    for (let done = 0; done < k || done == 0; done += DEPTH) {
      const depth = min(DEPTH, k - done)
      const into = (<usize>c) << 2
      const adds = start < 0 || done > 0
      const from = adds ? into : (<usize>start) << 2
      product(
        m, n, depth,
        (<usize>(a + done * aStep)) << 2, (<usize>aRow) << 2, (<usize>aStep) << 2,
        (<usize>(b + done * bRow)) << 2, (<usize>bRow) << 2,
        into, (<usize>cRow) << 2, from, adds ? (<usize>cRow) << 2 : 0,
      )
    }
    a += aBatch
    b += bBatch
    c += cBatch
  }
}

/** dst[column][row] = src[row][column]; strides in floats. */
export function transpose(rows: i32, columns: i32, src: i32, srcRow: i32, dst: i32, dstRow: i32): void {
  for (let row = 0; row < rows; row++) {
    let from = (<usize>(src + row * srcRow)) << 2
    let to = (<usize>(dst + row)) << 2
    const step = (<usize>dstRow) << 2
    for (let column = 0; column < columns; column++) {
      store<f32>(to, load<f32>(from))
      from += 4
      to += step
    }
  }
}
