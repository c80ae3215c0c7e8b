import { DocumentReader } from '../../model/document'
import type { Calibration } from '../../model/manifest'
import type { Hints } from '../chain/parse-recipe'
import type { Reading, Recipe } from '../chain/recipe'
import { TIME_UNITS } from '../csv/time-column'

/** How a model is to be fed, as it is kept beside its calibration. */
export interface KeptHints {
  readonly reading: Reading
  readonly hop?: number
  readonly rate?: number
  readonly features?: Readonly<Record<string, unknown>>
}

/** What the terminal keeps of a recipe beyond its contract. */
export function keepHints({ reading, window, rate }: Recipe, features?: KeptHints['features']): KeptHints {
  return {
    reading,
    ...(window === undefined ? {} : { hop: window.hop }),
    ...(rate === undefined ? {} : { rate }),
    ...(features === undefined ? {} : { features }),
  }
}

/** What a calibration says of how its model is to be fed; a flow's calibration says how far apart its windows began. */
export function hintsOf(calibration: Calibration | undefined, rate: number | undefined): Hints {
  const document = new DocumentReader('calibration', calibration ?? {})
  const kept = document.optional('terminal')
  if (kept === undefined) {
    const hop = document.optional('hop')?.any()
    const rows = typeof hop === 'number' && rate !== undefined ? Math.round(hop * rate) : 0
    return { reading: {}, ...(rows > 0 ? { hop: rows } : {}) }
  }
  const features = kept.optional('features')
  const reading = kept.at('reading')
  const text = (name: string): Record<string, string> => {
    const value = reading.optional(name)?.text(1000)
    return value === undefined ? {} : { [name]: value }
  }
  const timeUnit = reading.optional('timeUnit')?.choice(TIME_UNITS)
  const gap = reading.optional('gap')?.finite()
  const offBelow = reading.optional('offBelow')?.finite()
  const hop = kept.optional('hop')?.whole(1)
  const ownRate = kept.optional('rate')?.finite()
  return {
    reading: {
      ...text('time'),
      ...text('group'),
      ...text('context'),
      ...text('filter'),
      ...(reading.optional('noHeader')?.any() === true ? { noHeader: true } : {}),
      ...(timeUnit === undefined ? {} : { timeUnit }),
      ...(gap === undefined ? {} : { gap }),
      ...(offBelow === undefined ? {} : { offBelow }),
      ignore:
        reading
          .optional('ignore')
          ?.list(4096)
          .map((name) => name.text(1000)) ?? [],
    },
    ...(hop === undefined ? {} : { hop }),
    ...(ownRate === undefined ? {} : { rate: ownRate }),
    ...(features === undefined
      ? {}
      : { features: Object.fromEntries(features.entries(100).map(([name, value]) => [name, value.any()])) }),
  }
}
