import { DeviceError } from '../../core/errors'
import type { OnnxModel } from '../onnx/read'
import type { Session, Tensor } from './engine'

/** What onnxruntime-node and onnxruntime-web have in common (onnxruntime-common), as far as it is used here. */
export interface OrtModule {
  readonly InferenceSession: { create(model: Uint8Array, options: unknown): Promise<OrtSession> }
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => OrtTensor
}

interface OrtSession {
  run(
    feeds: Readonly<Record<string, OrtTensor>>,
    fetches: readonly string[],
  ): Promise<Readonly<Record<string, OrtTensor>>>
  release(): Promise<void>
}

interface OrtTensor {
  readonly data: unknown
  readonly dims: readonly number[]
}

/** One thread: a second one brings nothing for models of this size and takes a core from everything else. */
export const ORT_OPTIONS = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 4,
} as const

/** ONNX's numbers of the element types that come out as floats. */
const FLOATS: ReadonlySet<number> = new Set([1, 11])

/** Opens a guarded model. @throws DeviceError with the runtime's own words */
export async function openOrtSession(
  ort: OrtModule,
  engine: string,
  executionProvider: 'cpu' | 'wasm',
  bytes: Uint8Array,
  model: OnnxModel,
): Promise<Session> {
  const name = model.inputs[0]?.name ?? ''
  const floats = new Set(
    model.outputs.filter((output) => FLOATS.has(output.type)).map((output) => output.name),
  )
  // The runtime may keep the buffer: it gets one of its own.
  const opened = await failing(engine, () =>
    ort.InferenceSession.create(bytes.slice(), { ...ORT_OPTIONS, executionProviders: [executionProvider] }),
  )
  return {
    engine,
    inputs: model.inputs,
    outputs: model.outputs,
    async run(batch, dims, outputs) {
      const wanted = outputs.filter((output) => floats.has(output))
      const feeds = Object.fromEntries([[name, new ort.Tensor('float32', batch, dims)]])
      const results = await failing(engine, () => opened.run(feeds, wanted))
      return new Map(
        wanted.flatMap((output) =>
          Object.hasOwn(results, output) ? [[output, copied(results[output])]] : [],
        ),
      )
    },
    dispose: () => opened.release(),
  }
}

function copied(tensor: OrtTensor | undefined): Tensor {
  const { data, dims } = tensor ?? { data: [], dims: [] }
  if (!(data instanceof Float32Array) && !(data instanceof Float64Array))
    return { data: new Float32Array(0), dims: [] }
  return { data: new Float32Array(data), dims: [...dims] }
}

async function failing<T>(engine: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
    throw new DeviceError(
      'model.engineFailed',
      { field: engine, reason: reason.slice(0, 300) },
      { cause: error },
    )
  }
}
