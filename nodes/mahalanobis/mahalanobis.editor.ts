import type { EditorRED } from 'node-red'
import { labelStyle, showWhatApplies } from '../editor/dialog'
import { type LearnerProperties, withLearnerDefaults } from '../editor/learner'

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
  }),
  label() {
    return this.name || this._('label')
  },
  labelStyle,
  oneditprepare() {
    showWhatApplies()
  },
})
