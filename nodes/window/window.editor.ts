import type { EditorNodeProperties, EditorRED } from 'node-red'
import { labelStyle, showWhatApplies } from '../editor/dialog'
import { number } from '../editor/validators'

declare const RED: EditorRED

interface Properties extends EditorNodeProperties {
  length: string
  hop: string
  unit: string
  gap: string
  resample: string
  contextFrom: string
  context: string
  settle: string
  offBelow: string
  offLevel: string
  offChannels: string
  maxStreams: string
  version: number
}

const inSamples = (settings: object): boolean => 'unit' in settings && settings.unit === 'samples'

/** A context that comes from a channel needs the channel's name. */
function needed(this: object, value: string): boolean {
  return value !== '' || !('contextFrom' in this) || this.contextFrom !== 'channel'
}

RED.nodes.registerType<Properties>('anomaly-window', {
  category: 'anomaly',
  color: '#A6BBCF',
  icon: 'anomaly-window.svg',
  paletteLabel: 'window',
  inputs: 1,
  outputs: 1,
  defaults: {
    name: { value: '' },
    length: {
      value: '1',
      validate: number({ min: 0.001, max: 1_000_000, whole: inSamples, required: true }),
    },
    hop: { value: '', validate: number({ min: 0.001, max: 1_000_000, whole: inSamples }) },
    unit: { value: 'seconds' },
    gap: { value: '', validate: number({ min: 0, max: 86_400_000 }) },
    resample: { value: '', validate: number({ min: 0, max: 1_000_000 }) },
    contextFrom: { value: 'message' },
    context: { value: '', validate: needed },
    settle: { value: '', validate: number({ min: 0, max: 86_400 }) },
    offBelow: { value: '', validate: number({ min: 0 }) },
    offLevel: { value: 'vibration' },
    offChannels: { value: '' },
    maxStreams: { value: '', validate: number({ min: 1, max: 100_000, whole: true }) },
    version: { value: 1 },
  },
  label() {
    return this.name || this._('label', { length: this.length, unit: this._(`short.${this.unit}`) })
  },
  labelStyle,
  oneditprepare() {
    const unit = $('#node-input-unit')
    const showUnit = (): void => void $('#anomaly-window-hop-unit').text(unit.find(':selected').text())
    unit.on('change', showUnit)
    showUnit()
    showWhatApplies()
  },
})
