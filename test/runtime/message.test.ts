import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { runInThisContext } from 'node:vm'
import { copyOf, readControl, type Message } from '../../src/runtime/message'

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

describe('a copy of a message', () => {
  /** Do both have one hidden class? */
  function haveSameClass(a: object, b: object): boolean {
    setFlagsFromString('--allow-natives-syntax')
    try {
      return (runInThisContext('(a, b) => %HaveSameMap(a, b)') as (a: object, b: object) => boolean)(a, b)
    } finally {
      setFlagsFromString('--no-allow-natives-syntax')
    }
  }
  const verdicts = (count: number, copy: (message: Message) => Message): readonly Message[] =>
    Array.from({ length: count }, (_, i) => {
      const copied = copy({ topic: 'fan', payload: i, _msgid: String(i) })
      copied['anomaly'] = { score: i } as never
      return copied
    })

  it('shares its hidden class with other copies, whatever is added to it: all that reads messages stays fast', () => {
    const [first, ...others] = verdicts(1000, copyOf)
    assert.deepEqual(first, { topic: 'fan', payload: 0, _msgid: '0', anomaly: { score: 0 } })
    for (const other of others) assert.ok(haveSameClass(first, other))
  })
})
