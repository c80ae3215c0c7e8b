import type { EditorNodeProperties, EditorRED } from 'node-red'
import { labelStyle } from '../editor/dialog'
import { pressButton } from '../editor/node-button'
import { number } from '../editor/validators'

declare const RED: EditorRED

interface Properties extends EditorNodeProperties {
  normalLabels: string
  threshold: string
  every: string
  most: string
  version: number
}

RED.nodes.registerType<Properties>('anomaly-evaluate', {
  category: 'anomaly',
  color: '#DEBD5C',
  icon: 'anomaly-evaluate.svg',
  align: 'right',
  paletteLabel: 'evaluate',
  inputs: 1,
  outputs: 2,
  defaults: {
    name: { value: '' },
    normalLabels: { value: '' },
    threshold: { value: '', validate: number() },
    every: { value: '', validate: number({ min: 0, max: 86_400 }) },
    most: { value: '', validate: number({ min: 10, max: 1_000_000, whole: true }) },
    version: { value: 1 },
  },
  label() {
    return this.name || this._('label')
  },
  labelStyle,
  outputLabels(index: number) {
    return this._(index === 0 ? 'output.report' : 'output.curves')
  },
  button: {
    onclick() {
      pressButton({ id: this.id, type: 'anomaly-evaluate' }, 'report')
    },
  },
})
