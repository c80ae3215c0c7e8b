import type { EditorNodeProperties, EditorRED } from 'node-red'
import { prepareChannels, readChannels, type ChannelRow } from '../editor/channels'
import { isTouched, labelStyle, rememberShown, showWhatApplies } from '../editor/dialog'
import { pressButton } from '../editor/node-button'
import { readChannels as checkChannels } from '../../src/sources/read-channels'
import { number, readable } from '../editor/validators'

declare const RED: EditorRED

interface Properties extends EditorNodeProperties {
  path: string
  speed: string
  loop: boolean
  autostart: boolean
  channels: ChannelRow[]
  rate: string
  timeColumn: string
  timeUnit: string
  times: string
  group: string
  labelColumn: string
  labelByFolder: boolean
  ignore: string
  filter: string
  batch: string
  streamTopic: string
  version: number
}

RED.nodes.registerType<Properties>('anomaly-replay', {
  category: 'anomaly',
  color: '#C7E9C0',
  icon: 'anomaly-replay.svg',
  paletteLabel: 'replay',
  inputs: 1,
  outputs: 2,
  defaults: {
    name: { value: '' },
    path: { value: '' },
    speed: { value: '1', validate: number({ min: 0, max: 1_000_000 }) },
    loop: { value: false },
    autostart: { value: false },
    channels: { value: [], validate: readable(checkChannels) },
    rate: { value: '', validate: number({ min: 1e-6, max: 1_000_000 }) },
    timeColumn: { value: '' },
    timeUnit: { value: 'auto' },
    times: { value: 'recorded' },
    group: { value: '' },
    labelColumn: { value: '' },
    labelByFolder: { value: false },
    ignore: { value: '' },
    filter: { value: '' },
    batch: { value: '', validate: number({ min: 1, max: 100_000, whole: true }) },
    streamTopic: { value: '' },
    version: { value: 1 },
  },
  label() {
    return this.name || this.path || this._('label')
  },
  labelStyle,
  outputLabels(index: number) {
    return this._(index === 0 ? 'output.messages' : 'output.end')
  },
  button: {
    onclick() {
      pressButton({ id: this.id, type: 'anomaly-replay' }, 'toggle')
    },
  },
  oneditprepare() {
    prepareChannels(this.channels, (key) => this._(key))
    rememberShown('channels', readChannels())
    showWhatApplies()
  },
  oneditsave() {
    const channels = readChannels()
    if (isTouched('channels', channels)) this.channels = channels
  },
})
