import type { EditorNodeProperties, EditorRED } from 'node-red'
import { MAX_PER_HOUR, SIMULATORS } from '../../src/core/simulate/registry'
import { fillSelect, isTouched, labelStyle, rememberShown, showWhatApplies } from '../editor/dialog'
import { number } from '../editor/validators'
import { prepareSettings, readSettings, type MachineSettings } from './settings.editor-part'

declare const RED: EditorRED

const SHARED = '@edge-anomaly/node-red-anomaly/anomaly-model:runtime.'

interface Properties extends EditorNodeProperties {
  machine: string
  seed: string
  batch: string
  pace: string
  streamTopic: string
  autostart: boolean
  faultsPerHour: string
  settings: MachineSettings
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
    faultsPerHour: { value: '', validate: number({ min: 0, max: MAX_PER_HOUR }) },
    settings: { value: {} },
    version: { value: 1 },
  },
  label() {
    return this.name || this._('label', { machine: this.machine })
  },
  labelStyle,
  oneditprepare() {
    const label = (key: string): string => String(RED._(SHARED + key))
    const machines = SIMULATORS.map((one) => ({ value: one.name, label: label(one.labelKey) }))
    fillSelect('machine', machines, this.machine)
    const show = (): void => {
      const spec = SIMULATORS.find((one) => one.name === $('#node-input-machine').val())
      const kept = spec?.name === this.machine ? this.settings : {}
      prepareSettings(spec, kept, { label, translate: (key) => this._(key) })
    }
    $('#node-input-machine').on('change', show)
    show()
    rememberShown('settings', [this.machine, readSettings()])
    showWhatApplies()
  },
  oneditsave() {
    const shown = readSettings()
    if (isTouched('settings', [$('#node-input-machine').val(), shown])) this.settings = shown
  },
})
