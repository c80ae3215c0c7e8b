import { InputError } from '../errors'
import { doubles } from './doubles'
import { AxisAnalysis, DEFAULT_RESOLUTION, SpectrumPass } from './axis-analysis'
import type { AxisFeature, AxisWriter, Feature, PairFeature, WindowShape } from './feature'
import { FEATURES } from './registry'
import { forChannel, type FeatureSettings } from './settings'

/** A sample this close to the end of the range counts as saturated: positive full scale is one step short of it. */
const NEAR_FULL_SCALE = 0.99

/** Why a window has no features. */
export type WindowFault =
  | { readonly kind: 'stuck'; readonly channel: string; readonly value: number }
  | { readonly kind: 'saturated'; readonly channel: string; readonly limit: number; readonly share: number }

interface AxisPlan {
  readonly column: number
  readonly channel: string
  readonly analysis: AxisAnalysis
  readonly writers: readonly { readonly write: AxisWriter; readonly at: number }[]
  readonly refusesConstant: boolean
  readonly saturation: number
  readonly resolution?: number
}

interface PairPlan {
  readonly feature: PairFeature
  readonly a: AxisAnalysis
  readonly b: AxisAnalysis
  readonly at: number
}

interface Draft {
  readonly writers: { write: AxisWriter; at: number }[]
  needsSpectrum: boolean
  needsVariation: boolean
  used: boolean
}

/**
 * What has to be computed for windows of one list of channels, one length and one rate: made once, then run per window
 * without allocation. Columns are in the order of the channels, within one in the order of the registry, then the pairs.
 * @throws InputError where such windows cannot give what the settings ask for
 */
export class FeaturePlan {
  readonly columns: readonly string[]
  /** Contract line: everything that shapes the columns, in one canonical form. */
  readonly line: string

  /** Features that take the spectrum of the window, and so regular sampling. */
  readonly spectral: readonly string[]

  private readonly axes: readonly AxisPlan[]
  private readonly pairs: readonly PairPlan[] = []
  private readonly spectra: SpectrumPass
  private readonly work: number[]
  /** Places in `work` of the columns asked for. */
  private readonly picked: Int32Array

  constructor(
    private readonly settings: FeatureSettings,
    readonly channels: readonly string[],
    readonly shape: WindowShape,
  ) {
    const { rows } = shape
    const wanted = new Selection(settings.features)
    const columns: string[] = []
    const picked: number[] = []
    let width = 0
    const place = (names: readonly string[], isWanted: (name: string) => boolean): number => {
      names.forEach((name, i) => {
        if (!isWanted(name)) return
        columns.push(name)
        picked.push(width + i)
      })
      width += names.length
      return width - names.length
    }
    const drafts = channels.map((): Draft => ({
      writers: [],
      needsSpectrum: false,
      needsVariation: false,
      used: false,
    }))
    const analyses = channels.map(
      (channel) => new AxisAnalysis(rows, settings.removeMean, this.resolutionOf(channel)),
    )
    const used = new Set<Feature>()
    channels.forEach((channel, c) => {
      for (const feature of FEATURES) {
        if (feature.scope !== 'axis') continue
        const ends = feature.columns(settings)
        const isWanted = (name: string): boolean => wanted.hasAxisColumn(feature.name, channel, name)
        const names = ends.map((end) => `${channel}.${end}`)
        if (!names.some(isWanted)) continue
        this.check(feature)
        const draft = drafts[c]!
        draft.writers.push({ write: feature.prepare(settings, shape), at: place(names, isWanted) })
        draft.needsSpectrum ||= feature.needsSpectrum === true
        note(draft, feature, used)
      }
    })
    const pairs: PairPlan[] = []
    for (const feature of FEATURES) {
      if (feature.scope !== 'pair') continue
      channels.forEach((first, i) => {
        channels.slice(i + 1).forEach((second, k) => {
          const j = i + 1 + k
          const name = `${feature.name}.${first}.${second}`
          if (!wanted.hasPair(feature.name, first, second)) return
          pairs.push({ feature, a: analyses[i]!, b: analyses[j]!, at: place([name], () => true) })
          note(drafts[i]!, feature, used)
          note(drafts[j]!, feature, used)
        })
      })
    }
    const missing = wanted.unused()
    const list = channels.join(', ')
    if (missing !== undefined)
      throw new InputError('frame.noSuchColumn', { field: 'features', feature: missing, channels: list })
    if (columns.length === 0) throw new InputError('frame.noColumns', { field: 'features', channels: list })
    this.columns = columns
    this.picked = Int32Array.from(picked)
    this.work = doubles(width)
    this.pairs = pairs
    this.axes = drafts.flatMap((draft, c) => (draft.used ? [this.axisPlan(draft, c, analyses[c]!)] : []))
    this.spectra = new SpectrumPass(
      drafts.flatMap((draft, c) => (draft.needsSpectrum ? [analyses[c]!] : [])),
      rows,
    )
    this.spectral = [...used].flatMap((feature) =>
      feature.scope === 'axis' && feature.needsSpectrum === true ? [feature.name] : [],
    )
    this.line = this.contractLine(used)
  }

  /**
   * Computes the columns of one window, in double precision, into `out`. Gives back why it could not, if so.
   * @throws InputError that names the channel with a value that is not finite
   */
  run(data: Float32Array | Float64Array, out: number[]): WindowFault | undefined {
    const { axes, pairs, work, picked, channels } = this
    for (let i = 0; i < axes.length; i++) {
      const axis = axes[i]!
      axis.analysis.load(data, axis.column, channels.length)
      if (!(axis.analysis.m2 < Infinity)) throw this.notFinite(data, axis)
      const fault = this.fault(axis)
      if (fault !== undefined) return fault
    }
    this.spectra.run()
    for (let i = 0; i < axes.length; i++) {
      const { analysis, writers } = axes[i]!
      for (let w = 0; w < writers.length; w++) writers[w]!.write(analysis, work, writers[w]!.at)
    }
    for (let i = 0; i < pairs.length; i++) {
      const { feature, a, b, at } = pairs[i]!
      work[at] = feature.value(a, b)
    }
    for (let i = 0; i < picked.length; i++) out[i] = work[picked[i]!]!
    return undefined
  }

  private check(feature: AxisFeature): void {
    const { rows, rate } = this.shape
    const need = feature.fewestRows(this.settings)
    const params = { field: 'features', feature: feature.name }
    if (rows < need) throw new InputError('frame.windowTooShort', { ...params, need, got: rows })
    if (feature.needsRate === true && rate === undefined)
      throw new InputError('frame.featureNeedsRate', params)
  }

  private axisPlan(draft: Draft, column: number, analysis: AxisAnalysis): AxisPlan {
    const channel = this.channels[column]!
    const { constantWindow, fullScale } = this.settings
    return {
      column,
      channel,
      analysis,
      writers: draft.writers,
      refusesConstant: constantWindow === 'stuck' || (constantWindow === 'auto' && draft.needsVariation),
      saturation: NEAR_FULL_SCALE * (forChannel(fullScale, channel) ?? Infinity),
      resolution: this.resolutionOf(channel),
    }
  }

  private resolutionOf(channel: string): number | undefined {
    const fullScale = forChannel(this.settings.fullScale, channel)
    const byRange = fullScale === undefined ? undefined : DEFAULT_RESOLUTION * fullScale
    return forChannel(this.settings.resolution, channel) ?? byRange
  }

  private fault({ analysis, channel, refusesConstant, saturation }: AxisPlan): WindowFault | undefined {
    const { min, max, n } = analysis
    if (max >= saturation || min <= -saturation) {
      let count = 0
      for (const value of analysis.values) if (Math.abs(value + analysis.removed) >= saturation) count++
      if (count > this.settings.saturatedShare * n) {
        return { kind: 'saturated', channel, limit: saturation / NEAR_FULL_SCALE, share: count / n }
      }
    }
    return refusesConstant && analysis.isConstant ? { kind: 'stuck', channel, value: min } : undefined
  }

  private notFinite(data: Float32Array | Float64Array, { column, channel }: AxisPlan): InputError {
    const step = this.channels.length
    for (let row = 0; row < this.shape.rows; row++) {
      const value = data[row * step + column]!
      if (!Number.isFinite(value))
        return new InputError('frame.notFinite', { field: 'msg.payload', channel, row, got: String(value) })
    }
    return new InputError('frame.featureOverflow', { field: 'msg.payload', channel, feature: 'std' })
  }

  private contractLine(used: ReadonlySet<Feature>): string {
    const { features, removeMean, bands, lags } = this.settings
    const uses = new Set([...used].flatMap((feature) => feature.uses ?? []))
    const parts = [`features v1 ${features.join(',')}`]
    if (uses.has('removeMean')) parts.push(removeMean ? 'mean removed' : 'mean kept')
    if (uses.has('bands'))
      parts.push(typeof bands === 'number' ? `bands ${bands}` : `bands ${bands.join('-')} Hz`)
    if (uses.has('lags')) parts.push(`lags ${lags}`)
    if (uses.has('resolution')) parts.push(`resolution ${this.resolutionText()}`)
    return parts.join(' ')
  }

  private resolutionText(): string {
    const texts = this.axes.map((axis) => String(axis.resolution ?? 'auto'))
    const first = texts[0]!
    if (texts.every((text) => text === first)) return first
    return texts.map((text, i) => `${this.axes[i]!.channel}=${text}`).join(',')
  }
}

function note(draft: Draft, feature: Feature, used: Set<Feature>): void {
  draft.needsVariation ||= feature.needsVariation === true
  draft.used = true
  used.add(feature)
}

/** Which columns the list of features asks for; remembers names of single columns that no channel has. */
class Selection {
  private readonly open: Set<string>

  constructor(private readonly names: readonly string[]) {
    this.open = new Set(names.filter((name) => name.includes('.')))
  }

  hasAxisColumn(feature: string, channel: string, column: string): boolean {
    const end = column.slice(channel.length + 1)
    return this.has(feature) || this.has(end) || this.has(column) || this.has(`${channel}.${feature}`)
  }

  hasPair(feature: string, first: string, second: string): boolean {
    return (
      this.has(feature) ||
      this.has(`${feature}.${first}.${second}`) ||
      this.has(`${feature}.${second}.${first}`)
    )
  }

  unused(): string | undefined {
    return [...this.open][0]
  }

  private has(name: string): boolean {
    this.open.delete(name)
    return this.names.includes(name)
  }
}
