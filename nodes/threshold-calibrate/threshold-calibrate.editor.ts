import type { EditorNodeProperties, EditorRED } from 'node-red'
import { labelStyle, showWhatApplies } from '../editor/dialog'
import { number, numberIn } from '../editor/validators'
import { wordsOf, type Fields, type Timing } from './words.editor-part'

declare const RED: EditorRED

interface Properties extends EditorNodeProperties {
  model: string
  method: string
  goal: string
  alpha: string
  budget: string
  per: string
  delta: string
  sdFactor: string
  value: string
  warning: string
  contamination: string
  voteK: string
  voteN: string
  rows: string
  sliding: boolean
  whenEmpty: boolean
  keep: string
  context: string
  contexts: string
  maxStreams: string
  version: number
}

interface Calibration {
  readonly stream: string
  readonly context?: string
  readonly detector: string
  /** Missing while it is being calibrated. */
  readonly hop?: number
  readonly window?: number
  readonly words: readonly string[]
}

/** Windows of a second, half of them overlapping: what a window node does untouched. */
const USUAL: Timing = { hop: 0.5, window: 1, assumed: true }
const USUAL_ROWS = 99

/** A method that is asked for a rate of false alarms. */
const isPromised = (method: string): boolean => !['mean-sd', 'fixed'].includes(method)

/** What the warning is held against: the setting that says where an anomaly begins. */
function strictOf(other: (setting: string) => string): number {
  const method = other('method')
  if (method === 'mean-sd') return numberIn(other('sdFactor'), 3)
  if (method === 'fixed') return numberIn(other('value'), NaN)
  return other('goal') === 'budget' ? numberIn(other('budget'), 1) : numberIn(other('alpha'), 1)
}

RED.nodes.registerType<Properties>('anomaly-threshold-calibrate', {
  category: 'anomaly',
  color: '#FDD0A2',
  icon: 'anomaly-threshold-calibrate.svg',
  paletteLabel: 'threshold-calibrate',
  inputs: 1,
  outputs: 2,
  defaults: {
    name: { value: '' },
    model: { value: '', type: 'anomaly-model', required: false },
    method: { value: 'conformal' },
    goal: { value: 'alpha' },
    alpha: { value: '1', validate: number({ min: 1e-7, max: 50 }) },
    budget: { value: '1', validate: number({ min: 1e-6, max: 1e6 }) },
    per: { value: 'week' },
    delta: { value: '10', validate: number({ min: 0.001, max: 50 }) },
    sdFactor: { value: '3', validate: number({ min: 0, max: 1000 }) },
    value: { value: '', validate: number({ min: 0 }) },
    warning: {
      value: '',
      validate: number({
        // Rarer than it is an anomaly, or at a lower score.
        above: (other) => (isPromised(other('method')) ? strictOf(other) : NaN),
        min: 0,
        max: (other) => (isPromised(other('method')) && other('goal') === 'alpha' ? 50 : Infinity),
        below: (other) => (isPromised(other('method')) ? NaN : strictOf(other)),
      }),
    },
    contamination: { value: '', validate: number({ min: 0, max: 40 }) },
    voteK: {
      value: '1',
      validate: number({ min: 1, max: (other) => numberIn(other('voteN'), 1), whole: true }),
    },
    voteN: { value: '1', validate: number({ min: 1, max: 1000, whole: true }) },
    rows: { value: '', validate: number({ min: 2, max: 1_000_000, whole: true }) },
    sliding: { value: false },
    whenEmpty: { value: true },
    keep: { value: 'stream' },
    context: { value: '' },
    contexts: { value: 'together' },
    maxStreams: { value: '', validate: number({ min: 1, max: 100_000, whole: true }) },
    version: { value: 1 },
  },
  label() {
    return this.name || this._('label')
  },
  labelStyle,
  outputLabels(index: number) {
    return index === 0 ? this._('output.all') : this._('output.anomalies')
  },
  oneditprepare() {
    showWhatApplies()
    const panel = $('#anomaly-threshold-words')
    let timing = USUAL
    let learned: readonly Calibration[] = []
    const field = (name: keyof Fields): string => String($(`#node-input-${name}`).val() ?? '')
    const update = (): void => {
      const model = RED.nodes.node(String($('#node-input-model').val())) as {
        calibrationRows?: string
      } | null
      const names = [
        ...(['method', 'goal', 'alpha', 'budget', 'per', 'delta'] as const),
        ...(['contamination', 'rows', 'voteK', 'voteN'] as const),
      ]
      const fields = Object.fromEntries(names.map((name) => [name, field(name)])) as unknown as Fields
      const meaning = wordsOf(fields, timing, Number(model?.calibrationRows) || USUAL_ROWS)
      const texts = meaning.map(({ key, params }) => this._(key, params as never))
      for (const { stream, context = '', detector, words } of learned) {
        const whose = [stream, context, detector].filter((name) => name !== '').join(', ')
        texts.push(`${whose === '' ? '' : `${whose}: `}${words.join('; ')}`)
      }
      panel.empty().append(texts.map((text) => $('<div>').text(text)))
    }
    $('.anomaly-dialog').on('change input', 'select, input', update)
    update()
    $.getJSON(`edge-anomaly/thresholds/${this.id}`).then(
      (reply: { calibrations: readonly Calibration[] }) => {
        learned = reply.calibrations
        const { hop = 0, window = 0 } = learned.find(({ hop }) => hop !== undefined && hop > 0) ?? {}
        if (hop > 0) timing = { hop, window, assumed: false }
        update()
      },
      () => undefined, // not deployed yet: the usual windows are assumed
    )
  },
})
