import type { Layer, PlannedLayer, Planner, Tensor } from '../arena'
import type { Kernels } from '../kernels/kernels'
import type { LayerSpec } from '../../core/autoencoder/spec'

/**
 * LSTM (Hochreiter and Schmidhuber, with forget gate): sigmoid gates, tanh cell, no peepholes. Takes a sequence, or one
 * vector for every step; all products that do not wait for the step before are done for all steps in one.
 */
export function lstmLayer(
  spec: Extract<LayerSpec, { type: 'lstm' }>,
  input: Tensor,
  weights: number,
  gradients: number,
  { arena, batch, training }: Planner,
): PlannedLayer {
  const { units } = spec
  const { width, steps } = input
  const wide = 4 * units
  const sequence = input.form === 'steps'
  const state = batch * units
  const recurrent = weights + width * wide
  const bias = recurrent + units * wide

  const gates = arena.take(steps * batch * wide)
  const shared = sequence ? 0 : arena.take(batch * wide)
  // The zeros of the state before the first step lie right before the first step's states, whatever the batch.
  const states = arena.take((steps + 1) * state) + state
  const cells = arena.take((steps + 1) * state) + state
  const tanhs = arena.take(steps * state)
  const stateGrads = training ? arena.take((spec.sequence ? steps : 1) * state) : 0
  const cellGrad = training ? arena.take(state) : 0
  const flipped = training ? arena.take(Math.max(width, units) * wide) : 0

  function outputTensor(): Tensor {
    const base = { width: units, steps, margin: 0 }
    if (spec.sequence) return { ...base, form: 'steps', data: states, grad: stateGrads }
    // The last state of a full batch; a smaller batch has its own end, so it is copied there.
    return { ...base, form: 'flat', data: arena.take(state), grad: training ? arena.take(state) : 0 }
  }
  const output = outputTensor()

  function bind(kernels: Kernels): Layer {
    const { heap } = kernels

    function forward(rows: number): void {
      const row = rows * units
      const gateRow = rows * wide
      if (sequence) {
        kernels.gemm(
          steps * rows,
          wide,
          width,
          input.data,
          width,
          1,
          weights,
          wide,
          gates,
          wide,
          bias,
          1,
          0,
          0,
          0,
        )
      } else {
        kernels.gemm(rows, wide, width, input.data, width, 1, weights, wide, shared, wide, bias, 1, 0, 0, 0)
      }
      for (let t = 0; t < steps; t++) {
        const gate = gates + t * gateRow
        const now = t * row
        if (!sequence) heap.copyWithin(gate, shared, shared + gateRow)
        kernels.gemm(
          rows,
          wide,
          units,
          states + now - row,
          units,
          1,
          recurrent,
          wide,
          gate,
          wide,
          -1,
          1,
          0,
          0,
          0,
        )
        kernels.lstmForward(rows, units, gate, cells + now - row, cells + now, tanhs + now, states + now)
      }
      if (!spec.sequence) {
        const last = states + (steps - 1) * row
        heap.copyWithin(output.data, last, last + row)
      }
    }

    function backward(rows: number): void {
      const row = rows * units
      const gateRow = rows * wide
      heap.fill(0, cellGrad, cellGrad + row)
      kernels.transpose(units, wide, recurrent, wide, flipped, units)
      for (let t = steps - 1; t >= 0; t--) {
        const gate = gates + t * gateRow
        const last = t === steps - 1
        const dh = spec.sequence ? stateGrads + t * row : last ? output.grad : stateGrads
        if (!last) {
          const start = spec.sequence ? -1 : 0
          kernels.gemm(
            rows,
            units,
            wide,
            gate + gateRow,
            wide,
            1,
            flipped,
            units,
            dh,
            units,
            start,
            1,
            0,
            0,
            0,
          )
        }
        kernels.lstmBackward(rows, units, gate, cells + (t - 1) * row, tanhs + t * row, dh, cellGrad)
      }
      const all = steps * rows
      const recurrentGrads = gradients + width * wide
      kernels.gemm(units, wide, all, states - row, 1, units, gates, wide, recurrentGrads, wide, 0, 1, 0, 0, 0)
      if (!sequence) {
        heap.copyWithin(shared, gates, gates + gateRow)
        for (let t = 1; t < steps; t++) kernels.add(gateRow, gates + t * gateRow, shared)
      }
      const from = sequence ? gates : shared
      const depth = sequence ? all : rows
      kernels.gemm(width, wide, depth, input.data, 1, width, from, wide, gradients, wide, 0, 1, 0, 0, 0)
      kernels.columnSums(depth, wide, from, wide, recurrentGrads + units * wide)
      if (input.grad === 0) return
      kernels.transpose(width, wide, weights, wide, flipped, width)
      kernels.gemm(depth, width, wide, from, wide, 1, flipped, width, input.grad, width, 0, 1, 0, 0, 0)
    }

    return { forward, backward }
  }

  return { output, bind }
}
