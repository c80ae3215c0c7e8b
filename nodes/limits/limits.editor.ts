import type { EditorNodeProperties, EditorRED } from 'node-red'
import { ConfigError } from '../../src/core/errors'
import { readLimits } from '../../src/core/limits/limit'
import { isTouched, labelStyle, rememberShown } from '../editor/dialog'
import { number } from '../editor/validators'
import { prepareLimits, readLimitRows, type LimitRow } from './rows.editor-part'

declare const RED: EditorRED

const SHARED = '@edge-anomaly/node-red-anomaly/anomaly-model:runtime.'

interface Properties extends EditorNodeProperties {
  limits: LimitRow[]
  maxStreams: string
  version: number
}

/** The reader of the runtime says what is wrong; what an environment variable will be, nobody knows here. */
function soundLimits(value: unknown): boolean | string {
  if (JSON.stringify(value).includes('${')) return true
  try {
    readLimits(value, (field) =>
      String(RED._(`${SHARED}limits.field${field.charAt(0).toUpperCase()}${field.slice(1)}`)),
    )
    return true
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return String(RED._(SHARED + error.key, error.params))
  }
}

RED.nodes.registerType<Properties>('anomaly-limits', {
  category: 'anomaly',
  color: '#FFCC99',
  icon: 'anomaly-limits.svg',
  paletteLabel: 'limits',
  inputs: 1,
  outputs: 1,
  defaults: {
    name: { value: '' },
    limits: { value: [], validate: soundLimits as never },
    maxStreams: { value: '', validate: number({ min: 1, max: 100_000, whole: true }) },
    version: { value: 1 },
  },
  label() {
    return this.name || this._('label')
  },
  labelStyle,
  oneditprepare() {
    prepareLimits(this.limits, (key) => this._(key))
    rememberShown('limits', readLimitRows())
  },
  oneditsave() {
    const limits = readLimitRows()
    if (isTouched('limits', limits)) this.limits = limits
  },
})
