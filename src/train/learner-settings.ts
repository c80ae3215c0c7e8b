import { PRESETS, readLayers, type Preset } from '../core/autoencoder/presets'
import { KINDS, LOSSES, type Kind, type Loss } from '../core/autoencoder/spec'
import { readChoice, readNumber, readWhole } from '../core/read-settings'
import { ENGINES, type Engine } from './kernels/choose'

/** `scaled`: each channel's error over what it was while learning, so that a normal window scores about 1. `plain`: as it is. */
export const ERROR_SCALES = ['scaled', 'plain'] as const
export type ErrorScale = (typeof ERROR_SCALES)[number]

/** What an autoencoder that learns on the device can be told. */
export interface AutoencoderSettings {
  readonly kind: Kind
  /** A preset, or the sizes of the encoder's layers; the decoder mirrors them. */
  readonly layers: Preset | readonly number[]
  readonly loss: Loss
  readonly errorScale: ErrorScale
  readonly epochs: number
  readonly batch: number
  readonly learningRate: number
  readonly patience: number
  readonly seed: number
  readonly engine: Engine
}

type Fields = Readonly<Partial<Record<keyof AutoencoderSettings, unknown>>>

/** Settings as a dialog or the terminal has them; what is left out gets its default. @throws ConfigError naming the field */
export function readAutoencoderSettings(fields: Fields = {}): AutoencoderSettings {
  return {
    kind: readChoice('kind', fields.kind, KINDS, 'dense'),
    layers: readLayers('layers', fields.layers),
    loss: readChoice('loss', fields.loss, LOSSES, 'mse'),
    errorScale: readChoice('errorScale', fields.errorScale, ERROR_SCALES, 'scaled'),
    epochs: readWhole('epochs', fields.epochs, { min: 1, max: 10_000, fallback: 300 }),
    batch: readWhole('batch', fields.batch, { min: 1, max: 1024, fallback: 16 }),
    learningRate: readNumber('learningRate', fields.learningRate, { min: 1e-6, max: 1, fallback: 0.003 }),
    patience: readWhole('patience', fields.patience, { min: 1, max: 10_000, fallback: 60 }),
    seed: readWhole('seed', fields.seed, { min: 0, max: 0xffffffff, fallback: 1 }),
    engine: readChoice('engine', fields.engine, ENGINES, 'auto'),
  }
}

/** The contract line of an autoencoder, without its hash. What only decides how it is trained does not enter. */
export function autoencoderLine({ kind, layers, loss, errorScale }: AutoencoderSettings): string {
  const sizes = PRESETS.some((name) => name === layers) ? String(layers) : [...layers].join('-')
  return `autoencoder ${kind} ${sizes} ${loss} ${errorScale}`
}
