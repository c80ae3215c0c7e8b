import type { EditorNodeProperties, EditorRED } from 'node-red'
import { labelStyle, showWhatApplies } from '../editor/dialog'
import { pressButton } from '../editor/node-button'
import { number, required } from '../editor/validators'

declare const RED: EditorRED

interface Properties extends EditorNodeProperties {
  path: string
  format: string
  dataLabel: string
  recording: boolean
  maxSize: string
  maxMinutes: string
  version: number
}

RED.nodes.registerType<Properties>('anomaly-record', {
  category: 'anomaly',
  color: '#DEBD5C',
  icon: 'anomaly-record.svg',
  align: 'right',
  paletteLabel: 'record',
  inputs: 1,
  outputs: 2,
  defaults: {
    name: { value: '' },
    path: { value: 'recordings/machine', validate: required() },
    format: { value: 'csv' },
    dataLabel: { value: '' },
    recording: { value: false },
    maxSize: { value: '', validate: number({ min: 0, max: 1_000_000 }) },
    maxMinutes: { value: '', validate: number({ min: 0, max: 1_000_000 }) },
    version: { value: 1 },
  },
  label() {
    return this.name || this._('label', { path: this.path })
  },
  labelStyle,
  outputLabels(index: number) {
    return this._(index === 0 ? 'output.messages' : 'output.files')
  },
  button: {
    onclick() {
      pressButton({ id: this.id, type: 'anomaly-record' }, 'toggle')
    },
  },
  oneditprepare() {
    showWhatApplies()
  },
})
