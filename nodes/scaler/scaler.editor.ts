import type { EditorRED } from 'node-red'
import { labelStyle, showWhatApplies } from '../editor/dialog'
import { learnButton, type LearnerProperties, withLearnerDefaults } from '../editor/learner'
import { number, numberIn } from '../editor/validators'

declare const RED: EditorRED

interface Properties extends LearnerProperties {
  method: string
  rangeLow: string
  rangeHigh: string
  clip: boolean
}

RED.nodes.registerType<Properties>('anomaly-scaler', {
  category: 'anomaly',
  color: '#C0DEED',
  icon: 'anomaly-scaler.svg',
  paletteLabel: 'scaler',
  inputs: 1,
  outputs: 1,
  defaults: withLearnerDefaults({
    method: { value: 'standard' },
    rangeLow: { value: '0', validate: number() },
    rangeHigh: {
      value: '1',
      validate: number({
        above: (other) => (other('method') === 'minmax' ? numberIn(other('rangeLow'), 0) : NaN),
      }),
    },
    clip: { value: false },
  }),
  label() {
    return this.name || this._('label', { method: this._(`method.${this.method}`) })
  },
  labelStyle,
  button: learnButton(({ method }: Properties) => method !== 'none'),
  oneditprepare() {
    showWhatApplies()
  },
})
