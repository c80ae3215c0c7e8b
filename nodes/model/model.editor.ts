import type { EditorNodeProperties, EditorRED } from 'node-red'
import { showLearned } from '../editor/learned-panel'
import { fillMissingSettings } from '../editor/missing-settings'
import { number, required } from '../editor/validators'

declare const RED: EditorRED & { readonly events: Parameters<typeof fillMissingSettings>[0] }

interface Properties extends EditorNodeProperties {
  bundle: string
  rows: string
  calibrationRows: string
  versions: string
  version: number
}

RED.nodes.registerType<Properties>('anomaly-model', {
  category: 'config',
  color: '#DDDDDD',
  icon: 'anomaly-model.svg',
  paletteLabel: 'model',
  defaults: {
    name: { value: '' },
    bundle: { value: '', required: true, validate: required() },
    rows: { value: '', validate: number({ min: 2, max: 100_000, whole: true }) },
    calibrationRows: { value: '', validate: number({ min: 1, max: 1_000_000, whole: true }) },
    versions: { value: '', validate: number({ min: 1, max: 100, whole: true }) },
    version: { value: 1 },
  },
  label() {
    return this.bundle || this._('label')
  },
  oneditprepare() {
    showLearned(this.id, (key, params) => this._(`learned.${key}`, params))
  },
})

fillMissingSettings(RED.events)
