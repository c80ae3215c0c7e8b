import type { DeviceError } from '../../core/errors'
import type { OnnxModel, TensorInfo } from '../onnx/read'

/** Values of one output, row-major, in a buffer of their own. */
export interface Tensor {
  readonly data: Float32Array
  readonly dims: readonly number[]
}

/** An opened model. Runs may be asked for at any time; they are worked on one after the other. */
export interface Session {
  /** Name of the engine that runs it, for the status. */
  readonly engine: string
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
  /**
   * Runs the model on its one input.
   * @param dims lengths of `batch`'s dimensions
   * @param outputs names of those wanted; outputs that hold no floats are left out
   * @throws DeviceError where the engine refuses, as it does on dimensions that the model does not take
   */
  run(
    batch: Float32Array,
    dims: readonly number[],
    outputs: readonly string[],
  ): Promise<ReadonlyMap<string, Tensor>>
  /** Frees what the session holds outside of JavaScript; further runs fail. */
  dispose(): Promise<void>
}

export interface OpenOptions {
  /** True for a model that was made by this very installation; others are tried in a child process first. */
  readonly trusted?: boolean
}

/** Something that runs ONNX models. It loads nothing before it is asked to check or open. */
export interface Engine {
  readonly name: string
  /** Undefined where it can be used on this machine; else why not. */
  check(): Promise<DeviceError | undefined>
  /** False for models that it is not made for; an engine without it takes all that the guard lets pass. */
  takes?(model: OnnxModel): boolean
  /** @throws DeviceError, InputError of the guard */
  open(model: Uint8Array, options?: OpenOptions): Promise<Session>
}
