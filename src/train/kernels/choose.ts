import { DeviceError } from '../../core/errors'
import { plainKernels } from './plain-kernels'
import type { Kernels } from './kernels'
import { wasmKernels } from './wasm-kernels'

/** `auto`: WebAssembly SIMD where the runtime has it, else plain JavaScript. */
export const ENGINES = ['auto', 'wasm', 'plain'] as const
export type Engine = (typeof ENGINES)[number]

/** Kernels over a fresh heap of `floats` zeros. @throws DeviceError where `wasm` is asked for and cannot be had */
export function chooseKernels(floats: number, engine: Engine = 'auto'): Kernels {
  if (engine === 'plain') return plainKernels(floats)
  const kernels = wasmKernels(floats)
  if (kernels !== undefined) return kernels
  if (engine === 'wasm') throw new DeviceError('train.noWasm', { field: 'engine' })
  return plainKernels(floats)
}
