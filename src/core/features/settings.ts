import { ConfigError } from '../errors'
import { isEmpty, readChoice, readFlag, readNumber, readWhole } from '../read-settings'
import type { FeatureParameters } from './feature'
import { FEATURE_GROUPS, FEATURES } from './registry'

/** One number for all channels, or one per channel name. */
export type PerChannel = number | Readonly<Record<string, number>>

export interface FeatureSettings extends FeatureParameters {
  /** Groups (`default`), features (`log_rms`), columns of every channel (`band3`) or of one (`ax.log_rms`, `corr.ax.ay`). */
  readonly features: readonly string[]
  /** Take the mean off first: for vibration it is gravity, and tells only how the sensor was mounted. */
  readonly removeMean: boolean
  /** Step of a channel, in its unit: sets the floor of the log features. */
  readonly resolution?: PerChannel
  /** End of a channel's range, in its unit: without a resolution 1e-6 of it counts as one; samples within 1 % of it are saturated. */
  readonly fullScale?: PerChannel
  /** A window with a larger share of saturated samples is SATURATED. */
  readonly saturatedShare: number
  /** A window that is constant in a channel: `stuck` says so instead of scoring it, `score` computes features; `auto`: stuck where a feature needs variation. */
  readonly constantWindow: 'auto' | 'stuck' | 'score'
}

export const FEATURE_DEFAULTS: FeatureSettings = {
  features: ['default'],
  bands: 8,
  lags: 5,
  removeMean: true,
  saturatedShare: 0.01,
  constantWindow: 'auto',
}

const MAX_BANDS = 512
const MAX_LAGS = 512
const CONSTANT_WINDOW = ['auto', 'stuck', 'score'] as const

/** Reads the settings of a features node; lists may be text with commas. @throws ConfigError that names the field */
export function readFeatureSettings(settings: Readonly<Record<string, unknown>>): FeatureSettings {
  const lags = readWhole('lags', settings.lags, { min: 1, max: MAX_LAGS, fallback: FEATURE_DEFAULTS.lags })
  const parameters = { bands: readBands('bands', settings.bands), lags }
  return {
    ...parameters,
    features: readFeatures(settings.features, parameters),
    removeMean: readFlag('removeMean', settings.removeMean, FEATURE_DEFAULTS.removeMean),
    resolution: readPerChannel('resolution', settings.resolution),
    fullScale: readPerChannel('fullScale', settings.fullScale),
    saturatedShare: readNumber('saturatedShare', settings.saturatedShare, {
      min: 0,
      max: 1,
      fallback: FEATURE_DEFAULTS.saturatedShare,
    }),
    constantWindow: readChoice('constantWindow', settings.constantWindow, CONSTANT_WINDOW, 'auto'),
  }
}

/** Value of one channel. */
export function forChannel(value: PerChannel | undefined, channel: string): number | undefined {
  if (value === undefined || typeof value === 'number') return value
  return Object.hasOwn(value, channel) ? value[channel] : undefined
}

function words(value: unknown): readonly unknown[] {
  return typeof value === 'string'
    ? value.split(/[\s,;]+/).filter((word) => word !== '')
    : Array.isArray(value)
      ? value
      : [value]
}

/** A number of bands, or their edges in Hz. @throws ConfigError that names the field */
export function readBands(field: string, value: unknown): number | readonly number[] {
  const list = isEmpty(value) ? [] : words(value)
  if (list.length === 0) return FEATURE_DEFAULTS.bands
  if (list.length === 1) return readWhole(field, list[0], { min: 1, max: MAX_BANDS })
  if (list.length > MAX_BANDS + 1)
    throw new ConfigError('settings.outOfRange', {
      field,
      min: 1,
      max: MAX_BANDS,
      got: list.length - 1,
    })
  const edges = list.map((edge) => readNumber(field, edge, { min: 0 }))
  for (let i = 1; i < edges.length; i++) {
    if (edges[i]! <= edges[i - 1]!)
      throw new ConfigError('settings.bandsNotRising', { field, got: edges.join(', ') })
  }
  return edges
}

/** Keeps what is asked for once each; a name stands for itself, a group for its features. */
function readFeatures(value: unknown, parameters: FeatureParameters): readonly string[] {
  const list = isEmpty(value) ? [] : words(value)
  if (list.length === 0) return readFeatures(FEATURE_DEFAULTS.features, parameters)
  const known = new Set(
    FEATURES.flatMap((feature) => [
      feature.name,
      ...(feature.scope === 'axis' ? feature.columns(parameters) : []),
    ]),
  )
  const found = new Set<string>()
  for (const word of list) {
    const name = typeof word === 'string' ? word : String(word)
    if (Object.hasOwn(FEATURE_GROUPS, name)) for (const member of FEATURE_GROUPS[name]!) found.add(member)
    else if (known.has(name) || known.has(name.slice(name.lastIndexOf('.') + 1)) || isPairColumn(name))
      found.add(name)
    else {
      const choices = [...Object.keys(FEATURE_GROUPS), ...FEATURES.map((feature) => feature.name)].join(', ')
      throw new ConfigError('settings.notOneOf', {
        field: 'features',
        choices,
        got: `"${name.slice(0, 60)}"`,
      })
    }
  }
  return canonical([...found], parameters)
}

function isPairColumn(name: string): boolean {
  return FEATURES.some((feature) => feature.scope === 'pair' && name.startsWith(`${feature.name}.`))
}

/** Features in the order of the registry, then single columns by name, without those that a whole feature brings anyway. */
function canonical(names: readonly string[], parameters: FeatureParameters): readonly string[] {
  const whole = FEATURES.filter((feature) => names.includes(feature.name))
  const covered = new Set(
    whole.flatMap((feature) => (feature.scope === 'axis' ? feature.columns(parameters) : [])),
  )
  const isCovered = (name: string): boolean => {
    const end = name.slice(name.lastIndexOf('.') + 1)
    return (
      covered.has(end) ||
      whole.some(
        (feature) =>
          name === feature.name ||
          end === feature.name ||
          (feature.scope === 'pair' && name.startsWith(`${feature.name}.`)),
      )
    )
  }
  return [...whole.map((feature) => feature.name), ...names.filter((name) => !isCovered(name)).sort()]
}

/** A number above 0 for all channels, or `name=number` for each. @throws ConfigError that names the field */
export function readPerChannel(field: string, value: unknown): PerChannel | undefined {
  if (isEmpty(value)) return undefined
  if (typeof value === 'number') return positive(field, value)
  if (typeof value === 'string') {
    if (!value.includes('=')) return positive(field, value)
    return Object.fromEntries(words(value).map((word) => pair(field, String(word))))
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, number]) => [name, positive(`${field}.${name}`, number)]),
    )
  }
  return positive(field, value)
}

function pair(field: string, word: string): [string, number] {
  const at = word.indexOf('=')
  return [word.slice(0, at), positive(`${field}.${word.slice(0, at)}`, word.slice(at + 1))]
}

function positive(field: string, value: unknown): number {
  const number = readNumber(field, value)
  if (number <= 0) throw new ConfigError('settings.notPositive', { field, got: number })
  return number
}
