import type { EditorRED } from 'node-red'
import { labelStyle, showWhatApplies } from '../editor/dialog'
import { learnButton, type LearnerProperties, withLearnerDefaults } from '../editor/learner'
import { number } from '../editor/validators'

declare const RED: EditorRED

interface Properties extends LearnerProperties {
  aggregate: string
  contamination: string
}

RED.nodes.registerType<Properties>('anomaly-robust-z', {
  category: 'anomaly',
  color: '#D7B5D8',
  icon: 'anomaly-robust-z.svg',
  paletteLabel: 'robust-z',
  inputs: 1,
  outputs: 1,
  defaults: withLearnerDefaults({
    aggregate: { value: 'max' },
    rows: { value: '', validate: number({ min: 10, max: 100_000, whole: true }) },
    contamination: { value: '', validate: number({ min: 0, max: 40 }) },
  }),
  label() {
    return this.name || this._('label')
  },
  labelStyle,
  button: learnButton(),
  oneditprepare() {
    showWhatApplies()
  },
})
