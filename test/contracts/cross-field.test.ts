import assert from 'node:assert/strict'
import { definitionOf } from './palette-node'

type Settings = Readonly<Record<string, unknown>>

/** Whether the dialog of a node takes this value of a setting, beside the other settings. */
function takes(node: string, setting: string, settings: Settings): boolean {
  const { defaults } = definitionOf(node)!
  const untouched = Object.fromEntries(Object.entries(defaults).map(([name, { value }]) => [name, value]))
  const saved: Settings = { ...untouched, ...settings }
  const { validate } = defaults[setting] as {
    validate?(this: unknown, value: unknown, options: object): unknown
  }
  return validate!.call({ ...saved, _def: { defaults } }, saved[setting], {}) === true
}

/** Node, setting, settings that fit together, and settings that do not. */
const CASES: readonly (readonly [string, string, readonly Settings[], readonly Settings[]])[] = [
  [
    'threshold-calibrate',
    'voteK',
    [
      { voteK: '3', voteN: '5' },
      { voteK: '5', voteN: '5' },
      { voteK: '1', voteN: '' },
      { voteK: '5', voteN: '${N}' },
    ],
    [
      { voteK: '5', voteN: '3' },
      { voteK: '2', voteN: '' },
    ],
  ],
  [
    'threshold-calibrate',
    'warning',
    [
      { warning: '5' },
      { warning: '' },
      { goal: 'budget', budget: '2', warning: '70' },
      { method: 'mean-sd', warning: '2', sdFactor: '2.5' },
      { method: 'fixed', warning: '7', value: '8' },
      { method: 'fixed', warning: '7', value: '' },
    ],
    [
      { warning: '1' },
      { warning: '51' },
      { alpha: '', warning: '0.5' },
      { goal: 'budget', budget: '2', warning: '2' },
      { method: 'mean-sd', warning: '3', sdFactor: '' },
      { method: 'fixed', warning: '8', value: '8' },
    ],
  ],
  [
    'scaler',
    'rangeHigh',
    [
      { method: 'minmax', rangeLow: '-1', rangeHigh: '1' },
      { method: 'minmax', rangeLow: '3', rangeHigh: '' },
      { method: 'standard', rangeLow: '1', rangeHigh: '0' },
    ],
    [
      { method: 'minmax', rangeLow: '1', rangeHigh: '0' },
      { method: 'minmax', rangeLow: '', rangeHigh: '0' },
    ],
  ],
  [
    'alert',
    'warningFactor',
    [
      { level: 'factor', factor: '2', warning: 'factor', warningFactor: '2' },
      { level: 'anomaly', factor: '2', warning: 'factor', warningFactor: '3' },
    ],
    [{ level: 'factor', factor: '2', warning: 'factor', warningFactor: '2.5' }],
  ],
]

describe('settings that have to fit another one', () => {
  for (const [node, setting, good, bad] of CASES) {
    it(`${node}: ${setting} is marked where it does not, and nowhere else`, () => {
      for (const settings of good) assert.ok(takes(node, setting, settings), JSON.stringify(settings))
      for (const settings of bad) assert.ok(!takes(node, setting, settings), JSON.stringify(settings))
    })
  }
})
