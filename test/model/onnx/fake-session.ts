import type { Frame } from '../../../src/core/frame'
import type { Session, Tensor } from '../../../src/model/engines/engine'
import type { Dim, TensorInfo } from '../../../src/model/onnx/read'

export const float = (name: string, dims?: readonly Dim[]): TensorInfo => ({
  name,
  type: 1,
  ...(dims === undefined ? {} : { dims }),
})

/** A session whose outputs a function makes; it keeps the dimensions of each run. */
export function fakeSession(
  inputs: readonly TensorInfo[],
  outputs: readonly TensorInfo[],
  work: (batch: Float32Array, dims: readonly number[]) => Readonly<Record<string, Tensor>>,
): Session & { readonly runs: (readonly number[])[]; disposed: boolean } {
  const runs: (readonly number[])[] = []
  return {
    engine: 'fake',
    inputs,
    outputs,
    runs,
    disposed: false,
    async run(batch, dims, names) {
      runs.push(dims)
      const made = work(batch, dims)
      return new Map(Object.entries(made).filter(([name]) => names.includes(name)))
    },
    async dispose() {
      this.disposed = true
    },
  }
}

/** Rows of channels c0, c1 …, row by row. */
export function frameOf(values: readonly number[], channels: number): Frame {
  return {
    channels: Array.from({ length: channels }, (_, i) => `c${i}`),
    start: 0,
    data: Float32Array.from(values),
  }
}
