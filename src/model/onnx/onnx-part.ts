import type { FittedPart } from '../../core/stage'
import { InputError } from '../../core/errors'
import { BodyReader } from '../../core/read-body'
import type { Session } from '../engines/engine'
import { OnnxAutoencoder } from './autoencoder'
import { LAYOUTS, type Layout } from './layout'

/** Name of the blob that holds an imported ONNX file. */
export const ONNX_BLOB = 'model.onnx'

/** What an imported ONNX file is scored by; plain JSON. */
export interface OnnxBody {
  readonly version: 1
  readonly error: 'mae' | 'mse'
  readonly layout: Layout | 'auto'
  readonly rows: number
  readonly channels: readonly string[]
}

/** True for a part that holds an ONNX file from elsewhere. */
export function isOnnxPart({ blobs }: Pick<FittedPart, 'blobs'>): boolean {
  return blobs !== undefined && Object.hasOwn(blobs, ONNX_BLOB)
}

/** The working model of such a part. @param open opens the file in an engine @throws InputError where the part is something else */
export function loadOnnxPart(
  { body, blobs }: Pick<FittedPart, 'body' | 'blobs'>,
  open: (bytes: Uint8Array) => Promise<Session>,
): OnnxAutoencoder {
  const reader = new BodyReader('onnx', body)
  const bytes = blobs?.[ONNX_BLOB]
  if (bytes === undefined) throw new InputError('model.noPart', { field: ONNX_BLOB })
  return new OnnxAutoencoder(() => open(bytes), {
    error: reader.choice('error', ['mae', 'mse'] as const),
    layout: reader.choice('layout', ['auto', ...LAYOUTS] as const),
  })
}
