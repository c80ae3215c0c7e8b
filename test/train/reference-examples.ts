import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { AutoencoderModel } from '../../src/core/autoencoder/model'
import { parameterCount, type NetworkSpec } from '../../src/core/autoencoder/spec'
import { Random } from '../../src/core/random'
import { writeAutoencoder, type ColumnScaling } from '../../src/model/onnx/write-autoencoder'
import { SPECS } from './examples'

/** A model, a scaler before it and windows that scaler takes: made of whole-number arithmetic, so equal bits everywhere. */
export interface OnnxExample {
  readonly name: string
  readonly model: AutoencoderModel
  readonly scaling: ColumnScaling
  readonly int8: boolean
  readonly windows: Float32Array
  readonly dims: readonly number[]
}

const WINDOWS = 4

function evenNumbers(count: number, seed: number, scale: number): Float32Array {
  const random = new Random(seed)
  return Float32Array.from({ length: count }, () => scale * (2 * random.next() - 1))
}

function scalingOf(columns: number, clip: boolean): ColumnScaling {
  const numbers = Array.from({ length: columns }, (_, i) => i)
  return {
    center: numbers.map((i) => 1000 + i),
    scale: numbers.map((i) => (1 + (i % 3)) / 4),
    offset: clip ? 0.25 : 0,
    ...(clip ? { clip: [-1.5, 1.5] as const } : {}),
  }
}

function example(name: string, spec: NetworkSpec, loss: 'mse' | 'mae', int8: boolean): OnnxExample {
  const { steps, columns } = spec
  const channels = Array.from({ length: columns }, (_, i) => `c${i}`)
  return {
    name: [name, loss, ...(int8 ? ['int8'] : [])].join(' '),
    model: {
      channels,
      spec,
      loss,
      weights: evenNumbers(parameterCount(spec), 1, 0.5),
      offset: Float32Array.from(channels, (_, i) => i / 8),
      factor: Float32Array.from(channels, (_, i) => 1 + i / 4),
      weight: Float32Array.from(channels, (_, i) => 2 / (1 + i)),
    },
    scaling: scalingOf(columns, loss === 'mae'),
    int8,
    windows: evenNumbers(WINDOWS * steps * columns, 2, 1).map((value) => 1000 + value),
    dims: spec.kind === 'dense' && steps === 1 ? [WINDOWS, columns] : [WINDOWS, steps, columns],
  }
}

/** Every kind of network, both losses, as they are and in eight bits. */
export const ONNX_EXAMPLES: readonly OnnxExample[] = Object.entries(SPECS).flatMap(([name, spec]) => [
  example(name, spec, 'mse', false),
  example(name, spec, 'mae', false),
  example(name, spec, 'mse', true),
])

export function onnxFile({ model, scaling, int8 }: OnnxExample): Uint8Array {
  return writeAutoencoder(model, {
    channels: model.channels ?? [],
    scaling,
    int8,
    threshold: 1.25,
    contract: ['source c0', 'scaler standard#0123456789abcdef'],
  })
}

/** Scaled as a scaler node scales: in double precision, then stored in single. */
export function scaledWindows({ windows, scaling }: OnnxExample): Float32Array {
  const { center, scale, offset, clip } = scaling
  const columns = center.length
  return windows.map((value, i) => {
    const scaled = (value - center[i % columns]!) / scale[i % columns]! + offset
    return clip === undefined ? scaled : Math.min(clip[1], Math.max(clip[0], scaled))
  })
}

/** For scripts/expectations/train.py: writes the files, and their inputs as JSON, into a folder. */
if (require.main === module) {
  const folder = process.argv[2] ?? '.'
  mkdirSync(folder, { recursive: true })
  const inputs = ONNX_EXAMPLES.map((each, i) => {
    writeFileSync(path.join(folder, `${i}.onnx`), onnxFile(each))
    return { name: each.name, dims: each.dims, windows: [...each.windows] }
  })
  writeFileSync(path.join(folder, 'inputs.json'), JSON.stringify(inputs))
}
