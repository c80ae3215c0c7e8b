import { sigmoid4, tanh4 } from './tanh'

// The gates of one time step of an LSTM, in the order i, f, c, o (Keras): each row of `gates` holds 4·units
// pre-activations, which become activations here and their gradients on the way back.

@inline
function storeUnits(at: usize, value: v128, count: i32): void {
  if (count >= 4) {
    v128.store(at, value)
    return
  }
  v128.store_lane<f32>(at, value, 0)
  if (count > 1) v128.store_lane<f32>(at, value, 1, 4)
  if (count > 2) v128.store_lane<f32>(at, value, 2, 8)
}

/** c = f·c' + i·g, h = o·tanh(c); `cBefore`, `c`, `tanhC` and `h` are rows × units. */
export function lstmForward(rows: i32, units: i32, gates: i32, cBefore: i32, c: i32, tanhC: i32, h: i32): void {
  const u = (<usize>units) << 2
  let gp = (<usize>gates) << 2
  let bp = (<usize>cBefore) << 2
  let cp = (<usize>c) << 2
  let tp = (<usize>tanhC) << 2
  let hp = (<usize>h) << 2
  for (let row = 0; row < rows; row++) {
    for (let unit = 0; unit < units; unit += 4) {
      const at = (<usize>unit) << 2
      const count = units - unit
      const x = gp + at
      const i = sigmoid4(v128.load(x))
      const f = sigmoid4(v128.load(x + u))
      const g = tanh4(v128.load(x + 2 * u))
      const o = sigmoid4(v128.load(x + 3 * u))
      const cell = f32x4.add(f32x4.mul(f, v128.load(bp + at)), f32x4.mul(i, g))
      const t = tanh4(cell)
      storeUnits(x, i, count)
      storeUnits(x + u, f, count)
      storeUnits(x + 2 * u, g, count)
      storeUnits(x + 3 * u, o, count)
      storeUnits(cp + at, cell, count)
      storeUnits(tp + at, t, count)
      storeUnits(hp + at, f32x4.mul(o, t), count)
    }
    gp += 4 * u
    bp += u
    cp += u
    tp += u
    hp += u
  }
}

/** From dh and the running dc (updated in place) to the gradients of the pre-activations, in place of the gates. */
export function lstmBackward(rows: i32, units: i32, gates: i32, cBefore: i32, tanhC: i32, dh: i32, dc: i32): void {
  const one = f32x4.splat(1)
  const u = (<usize>units) << 2
  let gp = (<usize>gates) << 2
  let bp = (<usize>cBefore) << 2
  let tp = (<usize>tanhC) << 2
  let hp = (<usize>dh) << 2
  let dp = (<usize>dc) << 2
  for (let row = 0; row < rows; row++) {
    for (let unit = 0; unit < units; unit += 4) {
      const at = (<usize>unit) << 2
      const count = units - unit
      const x = gp + at
      const i = v128.load(x)
      const f = v128.load(x + u)
      const g = v128.load(x + 2 * u)
      const o = v128.load(x + 3 * u)
      const t = v128.load(tp + at)
      const dout = v128.load(hp + at)
      const dcell = f32x4.add(v128.load(dp + at), f32x4.mul(f32x4.mul(dout, o), f32x4.sub(one, f32x4.mul(t, t))))
      const before = v128.load(bp + at)
      storeUnits(x, f32x4.mul(f32x4.mul(dcell, g), f32x4.mul(i, f32x4.sub(one, i))), count)
      storeUnits(x + u, f32x4.mul(f32x4.mul(dcell, before), f32x4.mul(f, f32x4.sub(one, f))), count)
      storeUnits(x + 2 * u, f32x4.mul(f32x4.mul(dcell, i), f32x4.sub(one, f32x4.mul(g, g))), count)
      storeUnits(x + 3 * u, f32x4.mul(f32x4.mul(dout, t), f32x4.mul(o, f32x4.sub(one, o))), count)
      storeUnits(dp + at, f32x4.mul(dcell, f), count)
    }
    gp += 4 * u
    bp += u
    tp += u
    hp += u
    dp += u
  }
}
