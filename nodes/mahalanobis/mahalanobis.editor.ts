import type { EditorRED } from 'node-red'
import { labelStyle, showWhatApplies } from '../editor/dialog'
import { learnButton, type LearnerProperties, withLearnerDefaults } from '../editor/learner'
import { number } from '../editor/validators'

declare const RED: EditorRED

interface Properties extends LearnerProperties {
  covariance: string
}

RED.nodes.registerType<Properties>('anomaly-mahalanobis', {
  category: 'anomaly',
  color: '#D7B5D8',
  icon: 'anomaly-mahalanobis.svg',
  paletteLabel: 'mahalanobis',
  inputs: 1,
  outputs: 1,
  defaults: withLearnerDefaults({
    covariance: { value: 'ledoit-wolf' },
    // Fewer are never enough for a covariance.
    rows: { value: '', validate: number({ min: 30, max: 100_000, whole: true }) },
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
