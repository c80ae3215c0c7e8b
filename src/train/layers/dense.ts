import type { PlannedLayer, Planner, Tensor } from '../arena'
import { activationIndex, type LayerSpec } from '../../core/autoencoder/spec'

/** y = f(x·W + b), over the rows of a batch or over the rows of all its time steps. */
export function denseLayer(
  spec: Extract<LayerSpec, { type: 'dense' }>,
  input: Tensor,
  weights: number,
  gradients: number,
  { arena, batch, training }: Planner,
): PlannedLayer {
  const { units } = spec
  const { width } = input
  const kind = activationIndex(spec.activation)
  const repeats = input.form === 'steps' ? input.steps : 1
  const floats = repeats * batch * units
  const output: Tensor = {
    ...input,
    width: units,
    data: arena.take(floats),
    grad: training ? arena.take(floats) : 0,
  }
  const flipped = training ? arena.take(width * units) : 0
  const bias = weights + width * units
  return {
    output,
    bind: (kernels) => ({
      forward(rows) {
        const all = rows * repeats
        kernels.gemm(
          all,
          units,
          width,
          input.data,
          width,
          1,
          weights,
          units,
          output.data,
          units,
          bias,
          1,
          0,
          0,
          0,
        )
        kernels.activate(kind, all * units, output.data)
      },
      backward(rows) {
        const all = rows * repeats
        const { grad } = output
        kernels.activateBackward(kind, all * units, output.data, grad)
        kernels.gemm(width, units, all, input.data, 1, width, grad, units, gradients, units, 0, 1, 0, 0, 0)
        kernels.columnSums(all, units, grad, units, gradients + width * units)
        if (input.grad === 0) return
        kernels.transpose(width, units, weights, units, flipped, width)
        kernels.gemm(all, width, units, grad, units, 1, flipped, width, input.grad, width, 0, 1, 0, 0, 0)
      },
    }),
  }
}
