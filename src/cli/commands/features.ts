import { InputError } from '../../core/errors'
import { rank } from '../../core/evaluation/ranking'
import { format } from '../../core/messages'
import { FEATURES } from '../../core/features/registry'
import { Sample, type Framed } from '../chain/sample'
import { outputOf, type Recipe } from '../chain/recipe'
import { chooseFeatures } from '../evaluation/choose-features'
import type { Arguments } from '../terminal/arguments'
import type { Command } from '../terminal/command'
import { inputNames } from '../terminal/input'
import { shown, table } from '../terminal/table'
import type { Terminal } from '../terminal/terminal'
import { gather } from './gather'
import { CHANNELS, CUTTING, READING } from './options'
import { readShape, recipeOfShape, type Shape } from './read-recipe'

/** Levels and raw values tell how the sensor was mounted, or what the day was like. */
const OF_THE_MOUNT: ReadonlySet<string> = new Set(['mean', 'median', 'lag', 'diff'])

/** Tells which features separate two recordings, one by one and together. */
export const features: Command = {
  name: 'features',
  summary: 'cli.sumFeatures',
  synopsis: ['--normal FILE[,FILE] --against FILE[,FILE] [--window N] [options]'],
  options: [
    { name: 'normal', value: 'FILE,FILE', help: 'cli.optNormal' },
    { name: 'against', value: 'FILE,FILE', help: 'cli.optAgainst' },
    { name: 'top', value: 'N', help: 'cli.optTop' },
    ...CHANNELS,
    ...READING,
    ...CUTTING.map((option) =>
      option.name === 'features' ? { ...option, help: 'cli.optFeaturesFeatures' as const } : option,
    ),
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<void> {
  const shape = withDefaults(readShape(args), args)
  const normal = await sampleOf(args.required('normal'), shape, terminal)
  const against = await sampleOf(args.required('against'), shape, terminal, normal.recipe)
  const { columns } = outputOf(normal.recipe)
  const width = columns.length
  const ranked = columns.map((feature, c) => {
    const valuesOf = (items: readonly Framed[]): readonly number[] =>
      items.flatMap(({ frame: { data } }) => {
        const values: number[] = []
        for (let i = c; i < data.length; i += width) values.push(data[i]!)
        return values
      })
    const { rocAuc } = rank(valuesOf(normal.items), valuesOf(against.items))
    return { feature, rocAuc, separation: Math.max(rocAuc, 1 - rocAuc) }
  })
  ranked.sort(
    (a, b) => b.separation - a.separation || columns.indexOf(a.feature) - columns.indexOf(b.feature),
  )
  const top = ranked.slice(0, args.whole('top', { min: 1 }) ?? ranked.length)
  const counts = { normal: normal.items.length, against: against.items.length }
  const chosen = await chooseFeatures(normal.recipe, columns, normal.items, against.items)
  terminal.result({ ...counts, features: top, ...(chosen === undefined ? {} : { chosen }) }, () => [
    ...table(
      ['feature', 'ROC-AUC', 'separation'],
      top.map(({ feature, rocAuc, separation }) => [feature, shown(rocAuc), shown(separation)]),
    ),
    ...(chosen === undefined
      ? []
      : ['', format('cli.chosen', { list: chosen.features.join(','), rocAuc: shown(chosen.rocAuc) })]),
  ])
}

/** Every feature that windows of this kind can have, unless some are asked for. */
function withDefaults(shape: Shape, args: Arguments): Shape {
  if (shape.window === undefined || args.text('features') !== undefined || args.text('lags') !== undefined)
    return shape
  const hasRate = shape.rate !== undefined || shape.window.resample !== undefined
  const names = FEATURES.filter((feature) => {
    if (OF_THE_MOUNT.has(feature.name)) return false
    return feature.scope === 'pair' || feature.needsRate !== true || hasRate
  }).map(({ name }) => name)
  return { ...shape, features: { ...shape.features, features: names } }
}

async function sampleOf(
  option: string,
  shape: Shape,
  terminal: Terminal,
  known?: Recipe,
): Promise<{ items: readonly Framed[]; recipe: Recipe }> {
  const sample = new Sample()
  let recipe = known
  const files = await inputNames(option)
  const wanted = known === undefined ? shape.wanted : { ...shape.wanted, channels: known.channels }
  const cutter = await gather(
    files,
    wanted,
    (channels) => (recipe ??= recipeOfShape(shape, channels)),
    {
      items(items) {
        for (const item of items) if (item.frame !== undefined) sample.add(item as Framed)
      },
    },
    terminal,
    true,
  )
  if (sample.items.length === 0)
    throw new InputError('cli.nothingToLearn', { field: option, rows: cutter.rows })
  return { items: sample.items, recipe: recipe! }
}
