import { ConfigError } from '../../core/errors'
import { readFeatureSettings } from '../../core/features/settings'
import { usualHop } from '../../core/extent'
import type { Reading, Recipe, WindowShape } from '../chain/recipe'
import { readFilter, type Remembered, type Wanted } from '../csv/columns'
import { TIME_UNITS } from '../csv/time-column'
import type { Arguments } from '../terminal/arguments'

const MOST_ROWS = 1_000_000

/** What the options say of the shape of what is learned, before any file is opened. */
export interface Shape {
  readonly wanted: Wanted
  readonly reading: Reading
  readonly units?: readonly string[]
  readonly rate?: number
  readonly window?: WindowShape
  /** Settings of the features as they were given; undefined where there are none. */
  readonly features?: Readonly<Record<string, unknown>>
}

/**
 * @param fallback what is computed of windows where no features are named
 * @throws ConfigError that names the option
 */
export function readShape(args: Arguments, fallback: 'default' | 'none' = 'default'): Shape {
  const lags = args.whole('lags', { min: 1, max: 512 })
  const features = readFeatures(args, lags, fallback)
  const window = readWindow(args, lags)
  if (window === undefined && features.isAsked)
    throw new ConfigError('cli.featuresNeedWindow', { field: '--features' })
  const settings = window === undefined || window.rows === 1 ? features.given : features.settings(window.rows)
  refuseUnused(args, window, settings)
  const rate = args.number('rate', { min: 1e-9, max: 1e9 })
  const units = args.list('unit')
  const reading = readReading(args)
  return {
    wanted: {
      ...reading,
      ...(args.list('channels') === undefined ? {} : { channels: args.list('channels') }),
    },
    reading,
    ...(units === undefined ? {} : { units }),
    ...(rate === undefined ? {} : { rate }),
    ...(window === undefined || (window.rows === 1 && settings === undefined) ? {} : { window }),
    ...(settings === undefined ? {} : { features: settings }),
  }
}

const OF_FEATURES = ['bands', 'keep-mean', 'resolution', 'full-scale'] as const

/** @throws ConfigError where an option has no effect, since there are no windows or nothing is computed of them */
function refuseUnused(args: Arguments, window: WindowShape | undefined, features: Shape['features']): void {
  const isGiven = (name: string): boolean => args.flag(name) || args.text(name) !== undefined
  const unused = features === undefined ? OF_FEATURES.find(isGiven) : undefined
  if (unused !== undefined)
    throw new ConfigError(window === undefined ? 'cli.featuresNeedWindow' : 'cli.noFeatures', {
      field: `--${unused}`,
    })
  if (window !== undefined && (window.rows > 1 || features !== undefined)) return
  const cutting = ['resample', 'hop'].find(
    (name) => isGiven(name) && !(name === 'hop' && args.text(name) === '1'),
  )
  if (cutting !== undefined) throw new ConfigError('cli.hopNeedsWindow', { field: `--${cutting}` })
}

/** How columns are to be read, as the options say. @throws ConfigError */
export function readReading(args: Arguments): Reading {
  const timeUnit = args.choice('time-unit', TIME_UNITS)
  const gap = args.number('gap', { min: 0 })
  const offBelow = args.number('off-below', { min: 0 })
  const ignore = args.list('ignore')
  readFilter(args.text('filter') || undefined)
  const named = (name: 'time' | 'group' | 'context' | 'filter'): Partial<Reading> => {
    const value = args.text(name)
    return value === undefined ? {} : { [name]: value === '' ? 'none' : value }
  }
  return {
    ...named('time'),
    ...named('group'),
    ...named('context'),
    ...named('filter'),
    ...(args.flag('no-header') ? { noHeader: true } : {}),
    ...(timeUnit === undefined ? {} : { timeUnit }),
    ...(ignore === undefined ? {} : { ignore }),
    ...(gap === undefined ? {} : { gap }),
    ...(offBelow === undefined ? {} : { offBelow }),
  }
}

/** What only a model's own reading can ask for, since the options do not. */
export function rememberedBy(args: Arguments): ReadonlySet<Remembered> {
  const roles = ['group', 'filter'] as const
  return new Set(roles.filter((role) => args.text(role) === undefined))
}

/** The recipe for files with these channels. @throws ConfigError where there are not as many units */
export function recipeOfShape(shape: Shape, channels: readonly string[]): Recipe {
  const { units, rate, window, features, reading } = shape
  if (units !== undefined && units.length !== 1 && units.length !== channels.length) {
    const params = { field: '--unit', got: units.length, channels: channels.join(', ') }
    throw new ConfigError('cli.unitsDiffer', params)
  }
  return {
    channels,
    ...(units === undefined ? {} : { units: channels.map((_, i) => units[units.length === 1 ? 0 : i]!) }),
    ...(rate === undefined ? {} : { rate }),
    ...(window === undefined ? {} : { window }),
    ...(features === undefined ? {} : { features: readFeatureSettings(features) }),
    reading,
  }
}

function readWindow(args: Arguments, lags: number | undefined): WindowShape | undefined {
  // Differences need a row more than a single lag.
  const rows =
    args.whole('window', { min: 1, max: MOST_ROWS }) ?? (lags === undefined ? undefined : Math.max(2, lags))
  const resample = args.number('resample', { min: 1e-6, max: 1e6 })
  const hop = args.whole('hop', { min: 1, max: MOST_ROWS })
  if (rows === undefined) return undefined
  return {
    rows,
    hop: hop ?? (lags === undefined ? usualHop(rows) : 1),
    ...(resample === undefined ? {} : { resample }),
  }
}

interface FeatureWish {
  /** True where the options ask for features by name. */
  readonly isAsked: boolean
  readonly given: Readonly<Record<string, unknown>> | undefined
  settings(rows: number): Readonly<Record<string, unknown>> | undefined
}

function readFeatures(args: Arguments, lags: number | undefined, usual: 'default' | 'none'): FeatureWish {
  const names = args.list('features')
  const more = {
    ...(lags === undefined ? {} : { lags }),
    ...(args.text('bands') === undefined ? {} : { bands: args.text('bands') }),
    ...(args.text('resolution') === undefined ? {} : { resolution: args.text('resolution') }),
    ...(args.text('full-scale') === undefined ? {} : { fullScale: args.text('full-scale') }),
    ...(args.flag('keep-mean') ? { removeMean: false } : {}),
  }
  const isNone = names === undefined ? usual === 'none' : names.length === 1 && names[0] === 'none'
  const isAsked = (names !== undefined && !isNone) || lags !== undefined
  const chosen = isAsked ? { ...more, features: names ?? ['slow'] } : undefined
  // Networks over time work on the samples themselves.
  const isSequence =
    args.text('detector') === 'autoencoder' && ['lstm', 'conv1d'].includes(args.text('kind') ?? '')
  const fallback = isNone || isSequence ? undefined : { ...more, features: ['default'] }
  if (chosen !== undefined) readFeatureSettings(chosen)
  return { isAsked, given: chosen, settings: () => chosen ?? fallback }
}
