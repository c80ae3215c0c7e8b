import { sampleStride, type PlannedLayer, type Planner, type Tensor } from '../arena'
import { activationIndex, stridedLength, type LayerSpec } from '../../core/autoencoder/spec'
import { StridedWindows } from './strided-windows'

type ConvSpec = Extract<LayerSpec, { type: 'conv' | 'conv-transpose' }>

function outputOf(spec: ConvSpec, input: Tensor, { arena, batch, training }: Planner): Tensor {
  const steps = spec.type === 'conv' ? stridedLength(input.steps, spec.stride) : spec.length
  const tensor: Tensor = { ...input, width: spec.filters, steps, data: 0, grad: 0 }
  const floats = batch * sampleStride(tensor)
  return { ...tensor, data: arena.take(floats), grad: training ? arena.take(floats) : 0 }
}

/** Runs `pass` over the valid steps of each sample; the margins stay zero. */
function eachSample(tensor: Tensor, batch: number, pass: (shift: number, floats: number) => void): void {
  const stride = sampleStride(tensor)
  const floats = tensor.steps * tensor.width
  for (let sample = 0, shift = tensor.margin * tensor.width; sample < batch; sample++, shift += stride)
    pass(shift, floats)
}

/** One-dimensional convolution over time, or its transpose, with bias and activation. */
export function convLayer(
  spec: ConvSpec,
  input: Tensor,
  weights: number,
  gradients: number,
  planner: Planner,
): PlannedLayer {
  const output = outputOf(spec, input, planner)
  const down = spec.type === 'conv'
  const [fine, coarse] = down ? [input, output] : [output, input]
  const windows = new StridedWindows(
    fine.steps,
    fine.width,
    coarse.width,
    spec.kernel,
    spec.stride,
    planner.training,
    planner.arena,
  )
  const kind = activationIndex(spec.activation)
  const kernelSize = spec.kernel * fine.width * coarse.width
  const bias = weights + kernelSize
  return {
    output,
    bind: (kernels) => ({
      forward(batch) {
        if (down) windows.gather(kernels, batch, fine, fine.data, coarse, coarse.data, weights, bias)
        else windows.spread(kernels, batch, coarse, coarse.data, fine, fine.data, weights, bias)
        if (kind === 0) return
        eachSample(output, batch, (shift, floats) => kernels.activate(kind, floats, output.data + shift))
      },
      backward(batch) {
        eachSample(output, batch, (shift, floats) => {
          kernels.activateBackward(kind, floats, output.data + shift, output.grad + shift)
          kernels.columnSums(
            output.steps,
            output.width,
            output.grad + shift,
            output.width,
            gradients + kernelSize,
          )
        })
        const fineValues = down ? fine.data : fine.grad
        const coarseValues = down ? coarse.grad : coarse.data
        windows.weightGradients(kernels, batch, fine, fineValues, coarse, coarseValues, gradients)
        if (input.grad === 0) return
        if (down) windows.spread(kernels, batch, coarse, coarse.grad, fine, fine.grad, weights, 0)
        else windows.gather(kernels, batch, fine, fine.grad, coarse, coarse.grad, weights, 0)
      },
    }),
  }
}
