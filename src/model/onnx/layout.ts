import { InputError } from '../../core/errors'
import type { Dim, TensorInfo } from './read'
import { checkCells } from './sizes'

/** How the values of a window lie in a model's input. */
export const LAYOUTS = ['rows-channels', 'channels-rows', 'flat', 'no-batch'] as const
/** `flat` is row by row in one dimension; `no-batch` is rows × channels without a dimension for several windows. */
export type Layout = (typeof LAYOUTS)[number]

/** Most windows in one run: a run holds up the event loop for as long as it takes. */
export const MAX_WINDOWS = 32

/** Rows × channels of a frame. */
export interface Shape {
  readonly rows: number
  readonly channels: number
}

/** What a model's input takes, settled for frames of one shape. */
export interface InputLayout {
  readonly layout: Layout
  /** Windows in one run: any number, or exactly so many. */
  readonly batch: 'any' | number
}

/** The dimensions of an input of `windows` windows. */
export function dimsOf(layout: Layout, { rows, channels }: Shape, windows: number): readonly number[] {
  switch (layout) {
    case 'rows-channels':
      return [windows, rows, channels]
    case 'channels-rows':
      return [windows, channels, rows]
    case 'flat':
      return [windows, rows * channels]
    case 'no-batch':
      return [rows, channels]
  }
}

/**
 * Finds how frames of a shape go into a model's input. @throws InputError that names the model's shape, the frame's, and what
 * to change
 */
export function inputLayout(
  input: TensorInfo,
  shape: Shape,
  wish: Layout | 'auto',
  field = 'model',
): InputLayout {
  const { dims } = input
  if (dims === undefined || dims.length === 0)
    throw new InputError('model.inputShape', { field, name: input.name.slice(0, 60) })
  const model = `[${dims.join(', ')}]`.slice(0, 100)
  const { rows, channels } = shape
  const possible = LAYOUTS.filter((layout) => fits(layout, dims, shape, wish === layout))
  const found = wish === 'auto' ? possible : possible.filter((layout) => layout === wish)
  const layout = found[0]
  if (layout === undefined) {
    if (possible.length > 0)
      throw new InputError('model.layoutWrong', { field, model, layout: wish, rows, channels })
    throw mismatch(dims, shape, field, model)
  }
  // With one row or one channel both orders are the same values in the same places.
  if (found.length > 1 && rows > 1 && channels > 1)
    throw new InputError('model.layoutAmbiguous', { field, model })
  const first = dims[0]
  const batch = layout === 'no-batch' ? 1 : typeof first === 'number' ? first : 'any'
  checkCells([batch === 'any' ? 1 : batch, rows, channels], field)
  return { layout, batch }
}

function fits(layout: Layout, dims: readonly Dim[], { rows, channels }: Shape, isWished: boolean): boolean {
  const [first, second, third] = dims
  const takes = (dim: Dim | undefined, length: number): boolean => typeof dim === 'string' || dim === length
  switch (layout) {
    case 'rows-channels':
      return dims.length === 3 && takes(second, rows) && takes(third, channels)
    case 'channels-rows':
      return dims.length === 3 && takes(second, channels) && takes(third, rows)
    case 'flat':
      return dims.length === 2 && takes(second, rows * channels)
    case 'no-batch':
      // An open first dimension is a batch of single rows, unless somebody says otherwise.
      return (
        dims.length === 2 &&
        takes(second, channels) &&
        (isWished ? takes(first, rows) : first === rows && rows > 1)
      )
  }
}

/** The error that says which of the two, rows or channels, has to change, where that can be told. */
function mismatch(dims: readonly Dim[], { rows, channels }: Shape, field: string, model: string): InputError {
  const params = { field, model, rows, channels }
  const [, second, third] = dims
  const inRows = (wanted: Dim | undefined): InputError =>
    new InputError('model.layoutRows', { ...params, wanted: wanted ?? '?' })
  const inChannels = (wanted: Dim | undefined): InputError =>
    new InputError('model.layoutChannels', { ...params, wanted: wanted ?? '?' })
  if (dims.length === 3) {
    if (third === channels) return inRows(second)
    if (second === rows) return inChannels(third)
    if (second === channels) return inRows(third)
    if (third === rows) return inChannels(second)
  }
  if (dims.length === 2 && typeof second === 'number') {
    if (second % channels === 0) return inRows(second / channels)
    if (second % rows === 0) return inChannels(second / rows)
  }
  return new InputError('model.layoutUnknown', params)
}
