import { ConfigError, InputError } from '../errors'
import type { Kind } from './spec'

export const PRESETS = ['small', 'medium', 'large'] as const
export type Preset = (typeof PRESETS)[number]

/** Most layers in the encoder, and the most units or filters of one. */
export const MOST_LAYERS = 6
export const MOST_UNITS = 1024
/** Most values in a window. */
export const MOST_CELLS = 65536

/**
 * Sizes of the encoder's layers for a preset. Dense networks go by the number of inputs: the bottleneck of `medium` is a
 * third of them, at most 16, so that on feature vectors the directions in which the machine hardly ever varies are
 * what is left over, and count.
 */
export function presetLayers(kind: Kind, preset: Preset, steps: number, columns: number): readonly number[] {
  const inputs = steps * columns
  const share = (part: number, most: number): number => Math.max(1, Math.min(most, Math.ceil(inputs * part)))
  switch (kind) {
    case 'dense':
      if (preset === 'small') return [share(1 / 3, 32), share(1 / 6, 8)]
      if (preset === 'medium') return [share(1, 64), share(1 / 3, 16)]
      return [share(2, 256), share(1, 64), share(1 / 3, 32)]
    case 'lstm':
      return preset === 'small' ? [16] : preset === 'medium' ? [32] : [64, 32]
    case 'conv1d':
      return preset === 'small' ? [8, 4] : preset === 'medium' ? [16, 8] : [32, 16, 8]
  }
}

/** A preset's name, or sizes as a list or as text such as `64, 16`. @throws ConfigError */
export function readLayers(field: string, value: unknown): Preset | readonly number[] {
  const preset = PRESETS.find((name) => name === value)
  if (preset !== undefined || value === undefined || value === '') return preset ?? 'medium'
  const parts: unknown[] =
    typeof value === 'string'
      ? value.split(/[\s,;-]+/).filter(Boolean)
      : Array.isArray(value)
        ? value
        : [value]
  const sizes = parts.map(Number)
  const fits = sizes.every((size) => Number.isInteger(size) && size >= 1 && size <= MOST_UNITS)
  if (!fits || sizes.length < 1 || sizes.length > MOST_LAYERS) {
    throw new ConfigError('train.badLayers', {
      field,
      most: MOST_LAYERS,
      units: MOST_UNITS,
      got: String(value).slice(0, 60),
    })
  }
  return sizes
}

/** Refuses windows that a kind of network cannot work on. @throws InputError */
export function checkWindow(kind: Kind, layers: readonly number[], steps: number, columns: number): void {
  const cells = steps * columns
  if (cells > MOST_CELLS)
    throw new InputError('train.tooManyCells', { field: 'window', got: cells, most: MOST_CELLS })
  if (kind === 'dense') {
    if (cells < 2) throw new InputError('train.tooNarrow', { field: 'features' })
    return
  }
  const need = kind === 'conv1d' ? Math.max(4, 2 ** layers.length) : 2
  if (steps < need) throw new InputError('train.tooShort', { field: 'kind', kind, need, got: steps })
}
