import type { EditorNodeProperties, EditorRED } from 'node-red'
import { DECODERS } from '../../src/sources/decode/registry'
import { CHIPS } from '../../src/sources/i2c/chips/registry'
import { isTouched, labelStyle, rememberShown, showWhatApplies } from '../editor/dialog'
import { readChannels as checkChannels } from '../../src/sources/read-channels'
import { number, readable, required } from '../editor/validators'
import { prepareChannels, readChannels, type ChannelRow } from '../editor/channels'
import { prepareFormat, prepareSilence, readOptions } from './format.editor-part'
import { leaveUsual, prepareI2c, prepareSearch } from './hardware.editor-part'

declare const RED: EditorRED

interface Properties extends EditorNodeProperties {
  transport: string
  broker: string
  mqttTopic: string
  qos: string
  persistent: boolean
  clientId: string
  serialPath: string
  baudRate: string
  serialMode: string
  startCommand: string
  i2cBus: string
  chip: string
  address: string
  i2cRate: string
  range: string
  accelerationUnit: string
  gyroscope: boolean
  gyroRange: string
  temperature: boolean
  reading: string
  httpHost: string
  httpPort: string
  format: string
  options: Record<string, string>
  channels: ChannelRow[]
  rate: string
  clock: string
  timeField: string
  timeUnit: string
  sequenceField: string
  sequenceCounts: string
  modulus: string
  continuity: string
  reorder: string
  streamTopic: string
  noDataAfter: string
  rateTolerance: string
  maxStreams: string
  version: number
}

/** The format chosen has no times or counts of its own: settings name their fields. */
function namesFields({ transport, format }: Properties): boolean {
  return transport !== 'i2c' && DECODERS.find(({ name }) => name === format)?.clocks === undefined
}

RED.nodes.registerType<Properties>('anomaly-imu-source', {
  category: 'anomaly',
  color: '#C7E9C0',
  icon: 'anomaly-imu-source.svg',
  paletteLabel: 'imu-source',
  inputs: 1,
  outputs: 1,
  defaults: {
    name: { value: '' },
    transport: { value: 'mqtt' },
    broker: {
      value: '',
      type: 'mqtt-broker',
      validate: required<Properties>(({ transport }) => transport === 'mqtt'),
    },
    mqttTopic: { value: '', validate: required<Properties>(({ transport }) => transport === 'mqtt') },
    qos: { value: '1' },
    persistent: { value: true },
    clientId: { value: '' },
    serialPath: { value: '', validate: required<Properties>(({ transport }) => transport === 'serial') },
    baudRate: { value: '115200', validate: number({ min: 50, max: 20_000_000, whole: true }) },
    serialMode: { value: '8N1' },
    startCommand: { value: '' },
    i2cBus: { value: '1', validate: number({ min: 0, max: 255, whole: true }) },
    chip: { value: 'mpu6050' },
    address: { value: '' },
    i2cRate: { value: '' },
    range: { value: '' },
    accelerationUnit: { value: 'g' },
    gyroscope: { value: false },
    gyroRange: { value: '' },
    temperature: { value: false },
    reading: { value: 'fifo' },
    httpHost: { value: '' },
    httpPort: { value: '1337', validate: number({ min: 0, max: 65_535, whole: true }) },
    format: { value: 'json' },
    options: { value: {} },
    channels: { value: [], validate: readable(checkChannels) },
    rate: { value: '', validate: number({ min: 1e-6, max: 1_000_000 }) },
    clock: { value: 'arrival' },
    timeField: {
      value: '',
      validate: required<Properties>((settings) => settings.clock === 'device' && namesFields(settings)),
    },
    timeUnit: { value: 'ms' },
    sequenceField: {
      value: '',
      validate: required<Properties>((settings) => settings.clock === 'sequence' && namesFields(settings)),
    },
    sequenceCounts: { value: 'samples' },
    modulus: { value: '', validate: number({ min: 2, whole: true }) },
    continuity: { value: 'continuous' },
    reorder: { value: '', validate: number({ min: 0, max: 60_000 }) },
    streamTopic: { value: '' },
    noDataAfter: { value: '', validate: number({ min: 0, max: 86_400 }) },
    rateTolerance: { value: '', validate: number({ min: 0, max: 100 }) },
    maxStreams: { value: '', validate: number({ min: 1, max: 100_000, whole: true }) },
    version: { value: 1 },
  },
  label() {
    return this.name || (this.transport === 'mqtt' ? this.mqttTopic : '') || this._('label')
  },
  labelStyle,
  oneditprepare() {
    const translate = (key: string, params?: Record<string, string>): string => this._(key, params)
    prepareChannels(this.channels, translate)
    prepareFormat(DECODERS, this.format, this.options, translate, (defaults) => {
      if (defaults.rate !== undefined) $('#node-input-rate').val(defaults.rate)
      if (defaults.timeField !== undefined) $('#node-input-timeField').val(defaults.timeField)
      if (defaults.sequenceField !== undefined) $('#node-input-sequenceField').val(defaults.sequenceField)
      if (defaults.clock !== undefined) $('#node-input-clock').val(defaults.clock).trigger('change')
      if (defaults.timeUnit !== undefined) $('#node-input-timeUnit').val(defaults.timeUnit)
      if (defaults.continuity !== undefined) $('#node-input-continuity').val(defaults.continuity)
      if (defaults.channels !== undefined) prepareChannels(defaults.channels, translate)
    })
    prepareI2c(CHIPS, this)
    prepareSilence()
    prepareSearch(translate)
    showWhatApplies()
    rememberShown('channels', readChannels())
    rememberShown('options', [this.format, readOptions()])
  },
  oneditsave() {
    const [channels, options] = [readChannels(), readOptions()]
    if (isTouched('channels', channels)) this.channels = channels
    if (isTouched('options', [$('#node-input-format').val(), options])) this.options = options
    leaveUsual(this)
  },
})
