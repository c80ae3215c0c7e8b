import type { Contract } from '../../core/contract'
import { InputError } from '../../core/errors'
import { readFeatureSettings, type FeatureSettings } from '../../core/features/settings'
import { usualHop } from '../../core/extent'
import { firstLine, outputOf, type Reading, type Recipe } from './recipe'

const WINDOW = /^window (\d+)(?: resample (\S+) Hz)?$/
const FEATURES =
  /^features v1 (.+?)(?: mean (removed|kept))?(?: bands (\S+)( Hz)?)?(?: lags (\d+))?(?: resolution (\S.*))?$/
const RATE = /^(.*) (\S+) Hz$/

/** What a model says of how it is to be fed, beside its contract. */
export interface Hints {
  readonly reading: Reading
  /** Rows from window to window; half a window where it is not known. */
  readonly hop?: number
  readonly rate?: number
  /** Settings of the features that do not enter the contract. */
  readonly features?: Readonly<Record<string, unknown>>
  /** Columns of what the first learnt part takes: they decide how a line is to be read. */
  readonly columns?: readonly string[]
}

/**
 * The recipe that a contract tells: what has to happen to rows so that they come with exactly these lines.
 * @param contract lines before the first learnt part
 * @throws InputError where a line belongs to a stage that the terminal does not have
 */
export function recipeOf(contract: Contract, hints: Hints): Recipe {
  const [first = '', ...rest] = contract
  const window = readWindow(rest, hints)
  const line = window === undefined ? rest[0] : rest[1]
  const features = line === undefined ? undefined : readFeatures(line, hints.features)
  const extra = rest[(window === undefined ? 0 : 1) + (features === undefined ? 0 : 1)]
  if (extra !== undefined || (features !== undefined && window === undefined))
    throw new InputError('cli.unknownStage', { field: extra ?? line ?? '' })
  const { reading } = hints
  const fitting = readSource(first, hints.rate).filter((source) => {
    if (firstLine({ ...source, reading }) !== first) return false
    return hints.columns === undefined || hasColumns({ ...source, window, features, reading }, hints.columns)
  })
  const [source] = fitting
  if (source === undefined) throw new InputError('cli.unknownStage', { field: first })
  const recipe: Recipe = { ...source, window, features, reading }
  const now = outputOf(recipe).contract
  const differs = contract.findIndex((each, i) => now[i] !== each)
  if (differs >= 0)
    throw new InputError('learning.mismatch', {
      expected: contract[differs]!,
      got: now[differs] ?? 'nothing',
    })
  return recipe
}

function hasColumns(recipe: Recipe, columns: readonly string[]): boolean {
  try {
    const found = outputOf(recipe).columns
    return found.length === columns.length && found.every((name, i) => name === columns[i])
  } catch {
    return false
  }
}

function readWindow(lines: Contract, hints: Hints): Recipe['window'] {
  const found = WINDOW.exec(lines[0] ?? '')
  if (found === null) return undefined
  const rows = Number(found[1])
  const hop = hints.hop ?? usualHop(rows)
  return { rows, hop, ...(found[2] === undefined ? {} : { resample: Number(found[2]) }) }
}

function readFeatures(line: string, more: Hints['features']): FeatureSettings {
  const found = FEATURES.exec(line)
  if (found === null) throw new InputError('cli.unknownStage', { field: line })
  const [, list, mean, bands, , lags, resolution] = found
  return readFeatureSettings({
    ...more,
    features: list!.split(','),
    ...(mean === undefined ? {} : { removeMean: mean === 'removed' }),
    ...(bands === undefined ? {} : { bands: bands.split('-').map(Number) }),
    ...(lags === undefined ? {} : { lags }),
    ...(resolution === undefined ? {} : { resolution: readResolution(resolution) }),
  })
}

function readResolution(text: string): unknown {
  if (text === 'auto') return undefined
  if (!text.includes('=')) return text
  return Object.fromEntries(
    text.split(',').flatMap((pair) => {
      const at = pair.lastIndexOf('=')
      const value = Number(pair.slice(at + 1))
      return Number.isNaN(value) ? [] : [[pair.slice(0, at), value] as const]
    }),
  )
}

type Source = Pick<Recipe, 'channels' | 'units' | 'rate' | 'isBare'>

/** Every way in which a source's line may be meant: names of channels and units may hold spaces. */
function readSource(line: string, rate: number | undefined): readonly Source[] {
  const at = line.indexOf(' ')
  const rest = line.slice(at + 1)
  if (line.startsWith('channels ')) return [{ channels: rest.split(','), rate, isBare: true }]
  if (!line.startsWith('source ')) return []
  const rated = RATE.exec(rest)
  return [
    ...(rated === null ? [] : withUnits(rated[1]!).map((source) => ({ ...source, rate: Number(rated[2]) }))),
    ...withUnits(rest),
  ]
}

function withUnits(text: string): readonly Source[] {
  const sources: Source[] = []
  for (let space = text.lastIndexOf(' '); space > 0; space = text.lastIndexOf(' ', space - 1)) {
    const channels = text.slice(0, space).split(',')
    const units = text
      .slice(space + 1)
      .split(',')
      .map((unit) => (unit === '-' ? '' : unit))
    if (units.length === 1) sources.push({ channels, units: channels.map(() => units[0]!) })
    else if (units.length === channels.length) sources.push({ channels, units })
  }
  return [...sources, { channels: text.split(',') }]
}
