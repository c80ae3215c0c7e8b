import { sampleStride, type Arena, type Tensor } from '../arena'
import type { Kernels } from '../kernels/kernels'
import { samePadding, stridedLength } from '../../core/autoencoder/spec'

/**
 * The geometry that a convolution with stride and its adjoint share: a fine signal of `length` steps, a coarse one of
 * ceil(length / stride), weights W[kernel, fine width, coarse width]. Windows of the fine signal are rows of a matrix
 * that overlap in memory, so a convolution is one product without copies. The way back is a product as well: `stride`
 * fine steps side by side are one row, made from `taps` coarse steps with the weights laid out anew.
 */
export class StridedWindows {
  private readonly before: number
  private readonly firstTap: number
  private readonly taps: number
  private readonly coarseLength: number
  /** The weights as [taps · coarse width, stride · fine width]. */
  private readonly spreadWeights: number
  private readonly spreadBias: number
  /** They lie there, and do not change any more. */
  private isLaidOut = false

  /** @param weightsChange between one pass and the next: in training */
  constructor(
    private readonly length: number,
    private readonly fineWidth: number,
    private readonly coarseWidth: number,
    private readonly kernel: number,
    private readonly stride: number,
    private readonly weightsChange: boolean,
    arena: Arena,
  ) {
    this.before = samePadding(length, kernel, stride).before
    this.coarseLength = stridedLength(length, stride)
    this.firstTap = Math.ceil((this.before - kernel + 1) / stride)
    this.taps = Math.floor((stride - 1 + this.before) / stride) - this.firstTap + 1
    this.spreadWeights = arena.take(this.taps * coarseWidth * stride * fineWidth)
    this.spreadBias = arena.take(stride * fineWidth)
  }

  /** coarse[t] = bias + Σ fine[t · stride + k - before] · W[k]; `bias` 0 for none. */
  gather(
    kernels: Kernels,
    batch: number,
    fine: Tensor,
    fineData: number,
    coarse: Tensor,
    coarseData: number,
    weights: number,
    bias: number,
  ): void {
    const { fineWidth, coarseWidth } = this
    kernels.gemm(
      this.coarseLength,
      coarseWidth,
      this.kernel * fineWidth,
      this.windows(fine, fineData),
      this.stride * fineWidth,
      1,
      weights,
      coarseWidth,
      coarseData + coarse.margin * coarseWidth,
      coarseWidth,
      bias,
      batch,
      sampleStride(fine),
      0,
      sampleStride(coarse),
    )
  }

  /** fine[u] = bias + Σ coarse[t] · W[k]ᵀ over t · stride + k = u + before: the adjoint of `gather`; `bias` 0 for none. */
  spread(
    kernels: Kernels,
    batch: number,
    coarse: Tensor,
    coarseData: number,
    fine: Tensor,
    fineData: number,
    weights: number,
    bias: number,
  ): void {
    const { fineWidth, coarseWidth, stride, length } = this
    if (!this.isLaidOut) this.layOut(kernels.heap, weights, bias)
    this.isLaidOut = !this.weightsChange
    const wide = stride * fineWidth
    const to = fineData + fine.margin * fineWidth
    kernels.gemm(
      this.coarseLength,
      wide,
      this.taps * coarseWidth,
      coarseData + (coarse.margin + this.firstTap) * coarseWidth,
      coarseWidth,
      1,
      this.spreadWeights,
      wide,
      to,
      wide,
      bias === 0 ? 0 : this.spreadBias,
      batch,
      sampleStride(coarse),
      0,
      sampleStride(fine),
    )
    const spilled = this.coarseLength * stride - length
    if (spilled === 0) return
    for (let sample = 0; sample < batch; sample++) {
      const end = to + sample * sampleStride(fine) + length * fineWidth
      kernels.heap.fill(0, end, end + spilled * fineWidth)
    }
  }

  /** gradients[k] += Σ fine[t · stride + k - before]ᵀ · coarse[t] over the batch. */
  weightGradients(
    kernels: Kernels,
    batch: number,
    fine: Tensor,
    fineData: number,
    coarse: Tensor,
    coarseData: number,
    gradients: number,
  ): void {
    const { fineWidth, coarseWidth } = this
    kernels.gemm(
      this.kernel * fineWidth,
      coarseWidth,
      this.coarseLength,
      this.windows(fine, fineData),
      1,
      this.stride * fineWidth,
      coarseData + coarse.margin * coarseWidth,
      coarseWidth,
      gradients,
      coarseWidth,
      -1,
      batch,
      sampleStride(fine),
      sampleStride(coarse),
      0,
    )
  }

  private windows(fine: Tensor, fineData: number): number {
    return fineData + (fine.margin - this.before) * this.fineWidth
  }

  private layOut(heap: Float32Array, weights: number, bias: number): void {
    const { fineWidth, coarseWidth, stride, kernel } = this
    const wide = stride * fineWidth
    for (let tap = 0; tap < this.taps; tap++) {
      for (let phase = 0; phase < stride; phase++) {
        const k = phase + this.before - stride * (this.firstTap + tap)
        const used = k >= 0 && k < kernel
        for (let column = 0; column < fineWidth; column++) {
          const from = weights + (k * fineWidth + column) * coarseWidth
          let to = this.spreadWeights + tap * coarseWidth * wide + phase * fineWidth + column
          for (let i = 0; i < coarseWidth; i++, to += wide) heap[to] = used ? heap[from + i]! : 0
        }
      }
    }
    if (bias === 0) return
    for (let phase = 0; phase < stride; phase++) {
      heap.copyWithin(this.spreadBias + phase * fineWidth, bias, bias + fineWidth)
    }
  }
}
