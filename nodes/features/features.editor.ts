import type { EditorNodeProperties, EditorRED } from 'node-red'
import { readBands, readPerChannel } from '../../src/core/features/settings'
import { FEATURE_GROUPS, FEATURES } from '../../src/core/features/registry'
import {
  isTouched,
  labelStyle,
  readChoices,
  rememberShown,
  showChoices,
  showWhatApplies,
} from '../editor/dialog'
import { number, readable } from '../editor/validators'

declare const RED: EditorRED

const LIST = '#anomaly-feature-list'
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
    bands: { value: '8', validate: readable(readBands) },
    lags: { value: '5', validate: number({ min: 1, max: 512, whole: true }) },
    removeMean: { value: true },
    resolution: { value: '', validate: readable(readPerChannel) },
    fullScale: { value: '', validate: readable(readPerChannel) },
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
    const choices = FEATURES.map(({ name, labelKey }) => ({
      value: name,
      label: String(RED._(SHARED + labelKey)),
    }))
    showChoices($(LIST), choices, (name) => chosen.has(name))
    rememberShown('features', readChoices($(LIST)))
    showWhatApplies()
  },
  oneditsave() {
    // The list counts only where features are chosen one by one.
    const features = readChoices($(LIST))
    const isAsked = $('#node-input-preset').val() === 'list'
    if (isAsked && (this.preset !== 'list' || isTouched('features', features))) this.features = features
  },
})
