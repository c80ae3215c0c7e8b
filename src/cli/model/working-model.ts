import type { Aggregate } from '../../core/detectors/robust-z'
import { ConfigError, InputError } from '../../core/errors'
import type { Calibration } from '../../model/manifest'
import { Chain } from '../chain/chain'
import { kindOf } from '../../model/part'
import { loadDetector, loadScaler } from '../chain/load-part'
import { recipeOf } from '../chain/parse-recipe'
import { outputOf, type Reading, type Recipe } from '../chain/recipe'
import { hintsOf } from './hints'
import type { Baseline, StoredModel } from './stored-model'

/** What the command line says in place of the model. */
export interface Overrides {
  readonly reading?: Partial<Reading>
  readonly hop?: number
  readonly rate?: number
  readonly aggregate?: Aggregate
}

/** A model ready to score rows of a CSV file. */
export interface WorkingModel {
  readonly topic: string
  readonly recipe: Recipe
  /** Names of what a score is shared out among. */
  readonly columns: readonly string[]
  readonly chains: ReadonlyMap<string | undefined, Chain>
  readonly calibrations: ReadonlyMap<string | undefined, Calibration | undefined>
}

/**
 * Puts a stored model to work. @throws InputError where it has no detector, a part is damaged, its contexts differ in what comes before
 * them, or it needs a stage that the terminal does not have
 */
export function workingModel(stored: StoredModel, place: string, overrides: Overrides = {}): WorkingModel {
  const first = stored.baselines[0]!
  const recipe = recipeFor(first, overrides)
  const chains = new Map<string | undefined, Chain>()
  const calibrations = new Map<string | undefined, Calibration | undefined>()
  for (const baseline of stored.baselines) {
    const { context, input, parts, calibration } = baseline
    if (input.join('\n') !== first.input.join('\n'))
      throw new InputError('cli.contextsDiffer', { field: place, context: context ?? '' })
    const scaler = parts.find(({ role }) => role === 'scaler')
    const detector = parts.find(({ role }) => role === 'detector')
    if (detector === undefined) throw new InputError('cli.noDetector', { field: place })
    const chain = new Chain(
      parts,
      scaler === undefined ? undefined : loadScaler(scaler),
      loadDetector(detector, overrides.aggregate),
    )
    chains.set(context, chain)
    calibrations.set(context, calibration)
  }
  if (chains.keys().next().value !== undefined && [undefined, 'none'].includes(recipe.reading.context)) {
    const contexts = [...chains.keys()].join(', ')
    throw new InputError('cli.needsContext', { field: '--context', contexts })
  }
  return { topic: stored.topic, recipe, columns: outputOf(recipe).columns, chains, calibrations }
}

/** How rows become what a baseline was learned on. */
export function recipeFor({ input, parts, calibration }: Baseline, overrides: Overrides = {}): Recipe {
  const rate = Number(/ (\S+) Hz$/.exec(input[0] ?? '')?.[1])
  const hints = hintsOf(calibration, Number.isFinite(rate) ? rate : undefined)
  const columns = columnsOf(parts[0])
  const recipe = recipeOf(input, {
    ...hints,
    reading: { ...hints.reading, ...overrides.reading },
    ...(overrides.hop === undefined ? {} : { hop: overrides.hop }),
    ...(overrides.rate === undefined ? {} : { rate: overrides.rate }),
    ...(columns === undefined ? {} : { columns }),
  })
  if (overrides.rate !== undefined && overrides.rate !== recipe.rate)
    throw new ConfigError('cli.otherRate', {
      field: '--rate',
      got: overrides.rate,
      rate: recipe.rate === undefined ? 'no rate' : `${recipe.rate} Hz`,
    })
  return recipe
}

/** The columns that a part was fitted on; a network from elsewhere may not know them. */
function columnsOf(part: Baseline['parts'][number] | undefined): readonly string[] | undefined {
  if (part === undefined || kindOf(part) === 'onnx') return undefined
  const { channels } = (part.body ?? {}) as { readonly channels?: unknown }
  return Array.isArray(channels) && channels.every((name) => typeof name === 'string') ? channels : undefined
}
