import type { EditorNodeProperties, EditorRED } from 'node-red'
import { labelStyle, showWhatApplies } from '../editor/dialog'
import { number, numberIn } from '../editor/validators'

declare const RED: EditorRED

interface Properties extends EditorNodeProperties {
  each: string
  level: string
  factor: string
  warning: string
  warningFactor: string
  reset: string
  hold: string
  holdUnit: string
  keep: string
  coolDown: string
  latch: boolean
  repeat: string
  repeatFactor: string
  repeatMax: string
  noData: string
  noDataSeconds: string
  faults: boolean
  maxStreams: string
  version: number
}

/** The longest time that can be set, s. */
const MONTH = 2_592_000

RED.nodes.registerType<Properties>('anomaly-alert', {
  category: 'anomaly',
  color: '#FFAAAA',
  icon: 'anomaly-alert.svg',
  align: 'right',
  paletteLabel: 'alert',
  inputs: 1,
  outputs: 2,
  defaults: {
    name: { value: '' },
    each: { value: 'detector' },
    level: { value: 'anomaly' },
    factor: { value: '', validate: number({ min: 0.01, max: 1000 }) },
    warning: { value: 'verdict' },
    warningFactor: {
      value: '',
      validate: number({
        min: 0.01,
        max: (other) =>
          other('level') === 'factor' && other('warning') === 'factor' ? numberIn(other('factor'), 1) : 1000,
      }),
    },
    reset: { value: '', validate: number({ min: 1, max: 100 }) },
    hold: { value: '2', validate: number({ min: 0, max: MONTH }) },
    holdUnit: { value: 'windows' },
    keep: { value: '', validate: number({ min: 0, max: MONTH }) },
    coolDown: { value: '', validate: number({ min: 0, max: MONTH }) },
    latch: { value: false },
    repeat: { value: '', validate: number({ min: 0, max: MONTH }) },
    repeatFactor: { value: '', validate: number({ min: 1, max: 10 }) },
    repeatMax: { value: '', validate: number({ min: 0, max: MONTH }) },
    noData: { value: 'auto' },
    noDataSeconds: { value: '', validate: number({ min: 0.1, max: MONTH }) },
    faults: { value: true },
    maxStreams: { value: '', validate: number({ min: 1, max: 100_000, whole: true }) },
    version: { value: 1 },
  },
  label() {
    return this.name || this._('label')
  },
  labelStyle,
  outputLabels(index: number) {
    return index === 0 ? this._('output.events') : this._('output.level')
  },
  button: {
    onclick() {
      const failed = (reply: JQuery.jqXHR): void => {
        const body = reply.responseJSON as { error?: string } | undefined
        const reason = body?.error ?? reply.statusText
        RED.notify(this._('test.failed', { reason }), 'error')
      }
      $.ajax({ url: `edge-anomaly/alerts/${this.id}/test`, method: 'POST' }).then(
        () => RED.notify(this._('test.done'), { type: 'success', timeout: 2000 } as never),
        failed,
      )
    },
  },
  oneditprepare() {
    showWhatApplies()
  },
})
