/**
 * What the engine does with numbers, over one heap of floats. Offsets and strides count floats. Two implementations,
 * `wasmKernels` and `plainKernels`, give the same bits: each rounds to single precision after every operation, in the same order.
 * The sources with the formulas are in `assembly/`.
 */
export interface Kernels {
  readonly engine: 'wasm' | 'plain'
  readonly heap: Float32Array
  /**
   * `count` products C[m,n] = A[m,k]·B[k,n], each A, B and C a batch stride after the one before. B and C are row-major;
   * aStep is 1, or aRow is 1 (A transposed). `start`: 0 begins at zero, -1 adds to C, else the offset of a row of biases.
   */
  gemm(
    m: number,
    n: number,
    k: number,
    a: number,
    aRow: number,
    aStep: number,
    b: number,
    bRow: number,
    c: number,
    cRow: number,
    start: number,
    count: number,
    aBatch: number,
    bBatch: number,
    cBatch: number,
  ): void
  /** dst[column][row] = src[row][column] */
  transpose(rows: number, columns: number, src: number, srcRow: number, dst: number, dstRow: number): void
  /** x = f(x); `kind` is an index of ACTIVATIONS. */
  activate(kind: number, n: number, at: number): void
  /** dy = dy · f'(x), worked out from y = f(x). */
  activateBackward(kind: number, n: number, y: number, dy: number): void
  /** dst += src */
  add(n: number, src: number, dst: number): void
  /** dst[column] += the column's sum */
  columnSums(rows: number, columns: number, src: number, srcRow: number, dst: number): void
  sumSquares(n: number, at: number): number
  /** Sum of (y - x)²; dy = 2 · scale · (y - x). */
  squaredLoss(n: number, y: number, x: number, dy: number, scale: number): number
  /** Sum of |y - x|; dy = scale · sign(y - x). */
  absoluteLoss(n: number, y: number, x: number, dy: number, scale: number): number
  /** One step of Adam; `rate` = learning rate / (1-b1^t), `root` = 1 / sqrt(1-b2^t); the gradient is multiplied by `clip`, the weight by `keep`. */
  adam(
    n: number,
    p: number,
    g: number,
    m: number,
    v: number,
    clip: number,
    b1: number,
    b2: number,
    rate: number,
    root: number,
    epsilon: number,
    keep: number,
  ): void
  /** One time step: gates become activations (i, f, c, o); writes c, tanh(c) and h. */
  lstmForward(
    rows: number,
    units: number,
    gates: number,
    cBefore: number,
    c: number,
    tanhC: number,
    h: number,
  ): void
  /** One time step back: gates become the gradients of the pre-activations; dc is updated in place. */
  lstmBackward(
    rows: number,
    units: number,
    gates: number,
    cBefore: number,
    tanhC: number,
    dh: number,
    dc: number,
  ): void
}

/** Floats at the heap's begin that the kernels keep for themselves (and offset 0 means "none" to gemm), and past its end, where vector loads may overread. */
export const HEAP_MARGIN = 512
