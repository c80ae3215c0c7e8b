import type { EditorNodeProperties, EditorRED } from 'node-red'
import { SIMULATORS } from '../../src/core/simulate/registry'
import { fillSelect, labelStyle, showWhatApplies } from '../editor/dialog'
import { number } from '../editor/validators'

declare const RED: EditorRED

const SHARED = '@edge-anomaly/node-red-anomaly/anomaly-model:runtime.'

interface Properties extends EditorNodeProperties {
  machine: string
  seed: string
  batch: string
  pace: string
  streamTopic: string
  autostart: boolean
  settings: Record<string, string>
  version: number
}

RED.nodes.registerType<Properties>('anomaly-simulate', {
  category: 'anomaly',
  color: '#C7E9C0',
  icon: 'anomaly-simulate.svg',
  paletteLabel: 'simulate',
  inputs: 1,
  outputs: 1,
  defaults: {
    name: { value: '' },
    machine: { value: 'fan' },
    seed: { value: '1', validate: number({ min: 0, max: 4_294_967_295, whole: true }) },
    batch: { value: '', validate: number({ min: 1, max: 100_000, whole: true }) },
    pace: { value: '', validate: number({ min: 0.001, max: 1000 }) },
    streamTopic: { value: '' },
    autostart: { value: true },
    settings: { value: {} },
    version: { value: 1 },
  },
  label() {
    return this.name || this._('label', { machine: this.machine } as never)
  },
  labelStyle,
  oneditprepare() {
    const machines = SIMULATORS.map((one) => ({
      value: one.name,
      label: String(RED._(SHARED + one.labelKey)),
    }))
    fillSelect('machine', machines, this.machine)
    showWhatApplies()
  },
})
