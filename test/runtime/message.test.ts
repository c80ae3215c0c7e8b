import assert from 'node:assert/strict'
import { readControl } from '../../src/runtime/message'

describe('control messages', () => {
  it('take true and false as text too, as MQTT and dashboards send them', () => {
    assert.deepEqual(readControl({ learn: 'true' }), { learn: true, reset: undefined, forget: undefined })
    assert.deepEqual(readControl({ learn: 'false', forget: 'true' }), {
      ...{ learn: false, reset: undefined, forget: true },
    })
    assert.equal(readControl({ learn: 'continue' }).learn, 'continue')
  })

  it('refuse anything else by name, since it would cost what was learned', () => {
    for (const learn of ['yes', '', 1, null, {}])
      assert.throws(() => readControl({ learn }), {
        params: { field: 'msg.learn', expected: 'true or false', got: typeof learn },
      })
  })
})
