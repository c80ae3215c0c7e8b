import path from 'node:path'
import { readBytes } from '../atomic-file'
import { guardOnnx, MAX_ONNX_BYTES } from './guard'
import type { OnnxModel } from './read'

/** Reads a model from a regular file and guards it. @throws DeviceError where it cannot be read, InputError where it is refused */
export function readOnnxFile(file: string): { readonly bytes: Uint8Array; readonly model: OnnxModel } {
  const bytes = readBytes(file, MAX_ONNX_BYTES)
  return { bytes, model: guardOnnx(bytes, path.basename(file)) }
}
