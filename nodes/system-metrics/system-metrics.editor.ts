import type { EditorNodeProperties, EditorRED } from 'node-red'
import { DEFAULT_METRICS, METRIC_GROUPS } from '../../src/core/metric-groups'
import { labelStyle } from '../editor/dialog'
import { number } from '../editor/validators'

declare const RED: EditorRED

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
    const place = $('#anomaly-metric-list')
    for (const group of METRIC_GROUPS) {
      const id = `anomaly-metric-${group}`
      const row = $('<div>').css({ display: 'inline-block', width: '48%' }).appendTo(place)
      $('<input type="checkbox">')
        .attr({ id, value: group })
        .css({ width: 'auto', margin: '0 6px 0 0' })
        .prop('checked', this.metrics.includes(group))
        .appendTo(row)
      $('<label>')
        .attr('for', id)
        .css({ width: 'auto' })
        .text(String(RED._(SHARED + group)))
        .appendTo(row)
    }
  },
  oneditsave() {
    this.metrics = $('#anomaly-metric-list input:checked')
      .map((_, box) => String($(box).val()))
      .get()
  },
})
