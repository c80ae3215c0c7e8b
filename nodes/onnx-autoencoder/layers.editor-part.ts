import type { EditorRED } from 'node-red'
import { MOST_CELLS, PRESETS, presetLayers, readLayers } from '../../src/core/autoencoder/presets'
import { autoencoderSpec, KINDS, type Kind } from '../../src/core/autoencoder/spec'
import { ConfigError } from '../../src/core/errors'

declare const RED: EditorRED

const SHARED = '@edge-anomaly/node-red-anomaly/anomaly-model:runtime.'
const LIST = 'list'

type Translate = (key: string, params?: Record<string, string | number>) => string

/** True for a preset, for sizes such as `64, 16`, for nothing and for `${ENV}`; else the reason. */
export function soundLayers(field: string, value: unknown): true | string {
  if (typeof value === 'string' && /^\$\{.+\}$/.test(value)) return true
  try {
    readLayers(field, value)
    return true
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return String(RED._(SHARED + error.key, error.params))
  }
}

/** One choice of a preset or a list, over the one field that the node keeps; below it the sizes that come of it. */
export function prepareLayers(translate: Translate): void {
  const choice = $('#anomaly-layers')
  const field = $('#node-input-layers')
  const kindOf = (): Kind => KINDS.find((kind) => kind === $('#node-input-kind').val()) ?? 'dense'
  const given = String(field.val() ?? '')
  choice.val(PRESETS.find((preset) => preset === given) ?? (given === '' ? 'medium' : LIST))
  const show = (): void => {
    const isList = choice.val() === LIST
    field.toggle(isList)
    $('#anomaly-layers-sizes').text(sizesOf(kindOf(), isList ? field.val() : choice.val(), translate))
  }
  choice.on('change', () => {
    const preset = PRESETS.find((each) => each === choice.val())
    const before = PRESETS.find((each) => each === field.val()) ?? 'medium'
    field.val(preset ?? presetLayers(kindOf(), before, 1, MOST_CELLS).join(', ')).trigger('change')
    show()
  })
  field.on('input', show)
  $('#node-input-kind').on('change', show)
  show()
}

/** The layers between input and output; of a dense preset at most so many, since it goes by the values in a window. */
function sizesOf(kind: Kind, layers: unknown, translate: Translate): string {
  if (soundLayers('', layers) !== true || String(layers).startsWith('$')) return ''
  const read = readLayers('', layers)
  const encoder = typeof read === 'string' ? presetLayers(kind, read, 1, MOST_CELLS) : read
  const between = autoencoderSpec(kind, 2 ** encoder.length, 1, encoder).layers.slice(0, -1)
  const sizes = between.flatMap((layer) =>
    'units' in layer ? layer.units : 'filters' in layer ? layer.filters : [],
  )
  const isShare = kind === 'dense' && typeof read === 'string'
  return translate(`sizes.${isShare ? 'most' : kind}`, { sizes: sizes.join(' – ') })
}
