import type { EditorNodeProperties, EditorRED } from 'node-red'
import { DEFAULT_METRICS, METRIC_GROUPS } from '../../src/core/metric-groups'
import { isTouched, labelStyle, readChoices, rememberShown, showChoices } from '../editor/dialog'
import { number } from '../editor/validators'

declare const RED: EditorRED

const LIST = '#anomaly-metric-list'
const SHARED = '@edge-anomaly/node-red-anomaly/anomaly-model:runtime.metrics.'

interface Properties extends EditorNodeProperties {
  metrics: string[]
  period: string
  streamTopic: string
  version: number
}

RED.nodes.registerType<Properties>('anomaly-system-metrics', {
  category: 'anomaly',
  color: '#C7E9C0',
  icon: 'anomaly-system-metrics.svg',
  paletteLabel: 'system-metrics',
  inputs: 1,
  outputs: 1,
  defaults: {
    name: { value: '' },
    metrics: { value: [...DEFAULT_METRICS] },
    period: { value: '1', validate: number({ min: 0.1, max: 3600 }) },
    streamTopic: { value: '' },
    version: { value: 1 },
  },
  label() {
    return this.name || this._('label')
  },
  labelStyle,
  oneditprepare() {
    const choices = METRIC_GROUPS.map((group) => ({ value: group, label: String(RED._(SHARED + group)) }))
    showChoices($(LIST), choices, (group) => this.metrics.includes(group))
    rememberShown('metrics', readChoices($(LIST)))
  },
  oneditsave() {
    const metrics = readChoices($(LIST))
    if (isTouched('metrics', metrics)) this.metrics = metrics
  },
})
