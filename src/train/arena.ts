import { HEAP_MARGIN, type Kernels } from './kernels/kernels'

/** Hands out runs of floats of one heap, one behind the other, each starting on a vector's boundary. Nothing is given back. */
export class Arena {
  private next = HEAP_MARGIN

  /** Offset of `floats` fresh floats. */
  take(floats: number): number {
    const at = this.next
    this.next = at + Math.ceil(floats / 4) * 4
    return at
  }

  /** Floats that the heap must have. */
  get size(): number {
    return this.next + HEAP_MARGIN
  }
}

/**
 * Values between two layers, with their gradient beside them. Flat: [batch, width]. Steps: [time, batch, width], with
 * the stride of the batch at hand. Samples: [batch, margin + time + margin, width] with zeros in the margins.
 */
export interface Tensor {
  readonly form: 'flat' | 'repeated' | 'steps' | 'samples'
  readonly width: number
  readonly steps: number
  /** Rows of zeros before and behind each sample's steps; only in the form `samples`. */
  readonly margin: number
  readonly data: number
  /** Offset of the gradient; 0 in a network that only scores, and for what nobody asks the gradient of. */
  readonly grad: number
}

/** Floats from one sample to the next in the form `samples`. */
export function sampleStride(tensor: Tensor): number {
  return (tensor.steps + 2 * tensor.margin) * tensor.width
}

/** What a layer's constructor gets: where to take memory, the largest batch, and whether gradients are wanted. */
export interface Planner {
  readonly arena: Arena
  readonly batch: number
  readonly training: boolean
}

/** One layer laid out in memory; `bind` puts it to work over the kernels' heap. */
export interface PlannedLayer {
  readonly output: Tensor
  bind(kernels: Kernels): Layer
}

/** One layer at work. `backward` turns the gradient of the output into that of the input and of the weights. */
export interface Layer {
  forward(batch: number): void
  backward(batch: number): void
}
