import { checkWindow, presetLayers } from '../core/autoencoder/presets'
import { autoencoderSpec, type NetworkSpec } from '../core/autoencoder/spec'
import type { AutoencoderSettings } from './learner-settings'

/** The network that these settings make for windows of `steps` × `columns`. @throws InputError where it cannot work on them */
export function networkFor(
  { kind, layers }: Pick<AutoencoderSettings, 'kind' | 'layers'>,
  steps: number,
  columns: number,
): NetworkSpec {
  const sizes = typeof layers === 'string' ? presetLayers(kind, layers, steps, columns) : layers
  checkWindow(kind, sizes, steps, columns)
  return autoencoderSpec(kind, steps, columns, sizes)
}
