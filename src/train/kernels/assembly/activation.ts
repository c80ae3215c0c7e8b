import { expm14, sigmoid4, tanh4 } from './tanh'

// Elementwise passes over runs of n floats. A run that is no multiple of four is finished by storing single lanes.

@inline
function storeFirst(at: usize, value: v128, count: i32): void {
  v128.store_lane<f32>(at, value, 0)
  if (count > 1) v128.store_lane<f32>(at, value, 1, 4)
  if (count > 2) v128.store_lane<f32>(at, value, 2, 8)
}

@inline
function activation(kind: i32, x: v128): v128 {
  const zero = f32x4.splat(0)
  if (kind == 1) return tanh4(x)
  if (kind == 2) return f32x4.max(x, zero)
  if (kind == 3) return v128.bitselect(f32x4.mul(x, f32x4.splat(0.01)), x, f32x4.lt(x, zero))
  if (kind == 4) return v128.bitselect(expm14(f32x4.min(x, zero)), x, f32x4.lt(x, zero))
  if (kind == 5) return sigmoid4(x)
  return x
}

@inline
function slope(kind: i32, y: v128): v128 {
  const zero = f32x4.splat(0)
  const one = f32x4.splat(1)
  if (kind == 1) return f32x4.sub(one, f32x4.mul(y, y))
  if (kind == 2) return v128.bitselect(one, zero, f32x4.gt(y, zero))
  if (kind == 3) return v128.bitselect(f32x4.splat(0.01), one, f32x4.lt(y, zero))
  if (kind == 4) return v128.bitselect(f32x4.add(y, one), one, f32x4.lt(y, zero))
  if (kind == 5) return f32x4.mul(y, f32x4.sub(one, y))
  return one
}

@inline
function activateRun(kind: i32, n: i32, at: i32): void {
  let p = (<usize>at) << 2
  for (; n >= 4; n -= 4) {
    v128.store(p, activation(kind, v128.load(p)))
    p += 16
  }
  if (n > 0) storeFirst(p, activation(kind, v128.load(p)), n)
}

@inline
function activateBackwardRun(kind: i32, n: i32, y: i32, dy: i32): void {
  let p = (<usize>y) << 2
  let d = (<usize>dy) << 2
  for (; n >= 4; n -= 4) {
    v128.store(d, f32x4.mul(v128.load(d), slope(kind, v128.load(p))))
    p += 16
    d += 16
  }
  if (n > 0) storeFirst(d, f32x4.mul(v128.load(d), slope(kind, v128.load(p))), n)
}

/** x = f(x). Kinds: 0 linear, 1 tanh, 2 relu, 3 leaky relu (0.01), 4 elu, 5 sigmoid. */
export function activate(kind: i32, n: i32, at: i32): void {
  switch (kind) {
    case 1: return activateRun(1, n, at)
    case 2: return activateRun(2, n, at)
    case 3: return activateRun(3, n, at)
    case 4: return activateRun(4, n, at)
    case 5: return activateRun(5, n, at)
  }
}

/** dy = dy · f'(x), worked out from y = f(x). */
export function activateBackward(kind: i32, n: i32, y: i32, dy: i32): void {
  switch (kind) {
    case 1: return activateBackwardRun(1, n, y, dy)
    case 2: return activateBackwardRun(2, n, y, dy)
    case 3: return activateBackwardRun(3, n, y, dy)
    case 4: return activateBackwardRun(4, n, y, dy)
    case 5: return activateBackwardRun(5, n, y, dy)
  }
}

/** dst += src. */
export function add(n: i32, src: i32, dst: i32): void {
  let s = (<usize>src) << 2
  let d = (<usize>dst) << 2
  for (; n >= 4; n -= 4) {
    v128.store(d, f32x4.add(v128.load(d), v128.load(s)))
    s += 16
    d += 16
  }
  if (n > 0) storeFirst(d, f32x4.add(v128.load(d), v128.load(s)), n)
}

/** dst[column] += sum of the column; the gradient of a bias. */
export function columnSums(rows: i32, columns: i32, src: i32, srcRow: i32, dst: i32): void {
  for (let column = 0; column < columns; column += 4) {
    let s = (<usize>(src + column)) << 2
    const d = (<usize>(dst + column)) << 2
    let sum = v128.load(d)
    for (let row = 0; row < rows; row++) {
      sum = f32x4.add(sum, v128.load(s))
      s += (<usize>srcRow) << 2
    }
    if (column + 4 <= columns) v128.store(d, sum)
    else storeFirst(d, sum, columns - column)
  }
}

@inline
function lanesSum(sum: v128, n: i32, rest: v128): f32 {
  let a = f32x4.extract_lane(sum, 0)
  let b = f32x4.extract_lane(sum, 1)
  let c = f32x4.extract_lane(sum, 2)
  const d = f32x4.extract_lane(sum, 3)
  if (n > 0) a += f32x4.extract_lane(rest, 0)
  if (n > 1) b += f32x4.extract_lane(rest, 1)
  if (n > 2) c += f32x4.extract_lane(rest, 2)
  return a + b + (c + d)
}

/** Sum of squares of a run. */
export function sumSquares(n: i32, at: i32): f32 {
  let p = (<usize>at) << 2
  let sum = f32x4.splat(0)
  for (; n >= 4; n -= 4) {
    const x = v128.load(p)
    sum = f32x4.add(sum, f32x4.mul(x, x))
    p += 16
  }
  const x = n > 0 ? v128.load(p) : f32x4.splat(0)
  return lanesSum(sum, n, f32x4.mul(x, x))
}

/** Sum of (y - x)²; dy = 2 · scale · (y - x). */
export function squaredLoss(n: i32, y: i32, x: i32, dy: i32, scale: f32): f32 {
  let p = (<usize>y) << 2
  let q = (<usize>x) << 2
  let d = (<usize>dy) << 2
  const twice = f32x4.splat(scale + scale)
  let sum = f32x4.splat(0)
  for (; n >= 4; n -= 4) {
    const e = f32x4.sub(v128.load(p), v128.load(q))
    sum = f32x4.add(sum, f32x4.mul(e, e))
    v128.store(d, f32x4.mul(twice, e))
    p += 16
    q += 16
    d += 16
  }
  let e = f32x4.splat(0)
  if (n > 0) {
    e = f32x4.sub(v128.load(p), v128.load(q))
    storeFirst(d, f32x4.mul(twice, e), n)
  }
  return lanesSum(sum, n, f32x4.mul(e, e))
}

/** Sum of |y - x|; dy = scale · sign(y - x). */
export function absoluteLoss(n: i32, y: i32, x: i32, dy: i32, scale: f32): f32 {
  let p = (<usize>y) << 2
  let q = (<usize>x) << 2
  let d = (<usize>dy) << 2
  const zero = f32x4.splat(0)
  const up = f32x4.splat(scale)
  const down = f32x4.splat(-scale)
  let sum = f32x4.splat(0)
  for (; n >= 4; n -= 4) {
    const e = f32x4.sub(v128.load(p), v128.load(q))
    sum = f32x4.add(sum, f32x4.abs(e))
    v128.store(d, v128.bitselect(up, v128.bitselect(down, zero, f32x4.lt(e, zero)), f32x4.gt(e, zero)))
    p += 16
    q += 16
    d += 16
  }
  let e = zero
  if (n > 0) {
    e = f32x4.sub(v128.load(p), v128.load(q))
    storeFirst(d, v128.bitselect(up, v128.bitselect(down, zero, f32x4.lt(e, zero)), f32x4.gt(e, zero)), n)
  }
  return lanesSum(sum, n, f32x4.abs(e))
}

/**
 * One step of Adam (Kingma and Ba, algorithm 1) with decoupled weight decay (Loshchilov and Hutter) over n parameters:
 * m += (1-b1)(g-m); v = b2·v + (1-b2)g²; p = p·keep - rate · m / (sqrt(v)·root + epsilon), with g = gradient · clip.
 * `rate` holds the learning rate over 1-b1^t and `root` 1 / sqrt(1-b2^t).
 */
export function adam(n: i32, p: i32, g: i32, m: i32, v: i32, clip: f32, b1: f32, b2: f32, rate: f32, root: f32, epsilon: f32, keep: f32): void {
  let pp = (<usize>p) << 2
  let gp = (<usize>g) << 2
  let mp = (<usize>m) << 2
  let vp = (<usize>v) << 2
  const clips = f32x4.splat(clip)
  const rest1 = f32x4.splat(1 - b1)
  const keep2 = f32x4.splat(b2)
  const rest2 = f32x4.splat(1 - b2)
  const rates = f32x4.splat(rate)
  const roots = f32x4.splat(root)
  const epsilons = f32x4.splat(epsilon)
  const keeps = f32x4.splat(keep)
  for (; n > 0; n -= 4) {
    const grad = f32x4.mul(v128.load(gp), clips)
    const m0 = v128.load(mp)
    const mean = f32x4.add(m0, f32x4.mul(rest1, f32x4.sub(grad, m0)))
    const square = f32x4.add(f32x4.mul(keep2, v128.load(vp)), f32x4.mul(rest2, f32x4.mul(grad, grad)))
    const below = f32x4.add(f32x4.mul(f32x4.sqrt(square), roots), epsilons)
    const next = f32x4.sub(f32x4.mul(v128.load(pp), keeps), f32x4.div(f32x4.mul(rates, mean), below))
    if (n >= 4) {
      v128.store(mp, mean)
      v128.store(vp, square)
      v128.store(pp, next)
    } else {
      storeFirst(mp, mean, n)
      storeFirst(vp, square, n)
      storeFirst(pp, next, n)
    }
    pp += 16
    gp += 16
    mp += 16
    vp += 16
  }
}
