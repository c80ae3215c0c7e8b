import assert from 'node:assert/strict'
import { format, messages, type MessageKey } from '../../src/core/messages'

/** Values about as long as they get. */
const USUAL = {
  ...{
    have: 120,
    need: 200,
    percent: 100,
    epoch: 999,
    left: '2.5 min',
    count: 100,
    streams: 999,
    silent: 100,
    bad: 100,
    rate: 1600,
  },
  ...{ duration: '2.5 min', score: '12.3', spark: '▁▁▂▁▇ 12.3', auc: '0.999', f1: '0.999' },
}
/** Beside `status.…`: statuses of single nodes. */
const OTHERS: readonly MessageKey[] = ['train.ownWasm', 'train.ownPlain']

const statuses = Object.entries(messages).flatMap(([area, texts]) =>
  Object.keys(texts)
    .filter((name) => area === 'status' || /^status([A-Z]|$)/.test(name))
    .map((name) => `${area}.${name}` as MessageKey),
)

describe('statuses', () => {
  it('are shorter than 20 characters, since the editor shows them below the node', () => {
    assert.ok(statuses.length > 25, `${statuses.length} of them`)
    for (const key of [...statuses, ...OTHERS]) {
      const text = format(key, USUAL)
      assert.doesNotMatch(text, /__/, `${key}: ${text}`)
      assert.ok(text.length < 20, `${key}: ${text} has ${text.length}`)
    }
  })
})
