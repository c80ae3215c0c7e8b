import type { EditorNodeProperties, EditorRED } from 'node-red'
import { FEATURE_GROUPS, FEATURES } from '../../src/core/features/registry'
import { labelStyle, showWhatApplies } from '../editor/dialog'
import { number, numberList, perChannel } from '../editor/validators'

declare const RED: EditorRED

const SHARED = '@edge-anomaly/node-red-anomaly/anomaly-model:runtime.'

interface Properties extends EditorNodeProperties {
  preset: string
  features: string[]
  bands: string
  lags: string
  removeMean: boolean
  resolution: string
  fullScale: string
  constantWindow: string
  offBelow: string
  offChannels: string
  version: number
}

RED.nodes.registerType<Properties>('anomaly-features', {
  category: 'anomaly',
  color: '#A6BBCF',
  icon: 'anomaly-features.svg',
  paletteLabel: 'features',
  inputs: 1,
  outputs: 1,
  defaults: {
    name: { value: '' },
    preset: { value: 'default' },
    features: { value: [] },
    bands: { value: '8', validate: numberList() },
    lags: { value: '5', validate: number({ min: 1, max: 512, whole: true }) },
    removeMean: { value: true },
    resolution: { value: '', validate: perChannel() },
    fullScale: { value: '', validate: perChannel() },
    constantWindow: { value: 'auto' },
    offBelow: { value: '', validate: number({ min: 0 }) },
    offChannels: { value: '' },
    version: { value: 1 },
  },
  label() {
    return this.name || this._('label')
  },
  labelStyle,
  oneditprepare() {
    const chosen = new Set(this.features.length > 0 ? this.features : FEATURE_GROUPS['default'])
    const place = $('#anomaly-feature-list')
    for (const feature of FEATURES) {
      const id = `anomaly-feature-${feature.name}`
      const row = $('<div>').css({ display: 'inline-block', width: '48%' }).appendTo(place)
      $('<input type="checkbox">')
        .attr({ id, value: feature.name })
        .css({ width: 'auto', margin: '0 6px 0 0' })
        .prop('checked', chosen.has(feature.name))
        .appendTo(row)
      $('<label>')
        .attr('for', id)
        .css({ width: 'auto' })
        .text(RED._(SHARED + feature.labelKey))
        .appendTo(row)
    }
    showWhatApplies()
  },
  oneditsave() {
    // The list counts only where features are chosen one by one.
    if ($('#node-input-preset').val() !== 'list') return
    this.features = $('#anomaly-feature-list input:checked')
      .map((_, box) => String($(box).val()))
      .get()
  },
})
