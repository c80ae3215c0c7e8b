import assert from 'node:assert/strict'
import { LearnOrders, type ContextState } from '../../src/core/learn-orders'

const state = (context: string, isLearned: boolean, isLearning = false): ContextState => ({
  context,
  isLearned,
  isLearning,
})

describe('LearnOrders: which operating states may be learned', () => {
  it('without a list: the first, and those that come up before it has been learned', () => {
    const orders = new LearnOrders([], true)
    assert.equal(orders.mayBegin('fan', 'low', []), true)
    assert.equal(orders.mayBegin('fan', 'high', [state('low', false, true)]), true)
    assert.equal(orders.mayBegin('fan', 'high', [state('low', true)]), false)
    assert.equal(
      orders.mayBegin('fan', 'high', [state('low', true, true)]),
      true,
      'low is being learned anew',
    )
  })

  it('with a list: those of it whenever they come, and never another', () => {
    const orders = new LearnOrders(['low', 'high'], true)
    assert.equal(orders.mayBegin('fan', 'high', [state('low', true)]), true)
    assert.equal(orders.mayBegin('fan', 'overspeed', [state('low', false, true)]), false)
  })

  it('only after Learn where it does not learn when empty, for that stream alone', () => {
    const orders = new LearnOrders(['low'], false)
    assert.equal(orders.mayBegin('fan', 'low', []), false)
    orders.ask('fan', [])
    assert.equal(orders.mayBegin('fan', 'low', []), true)
    assert.equal(orders.mayBegin('pump', 'low', []), false)
    orders.withdraw('fan')
    assert.equal(orders.mayBegin('fan', 'low', []), false)
  })

  it('Learn means the state of now; with a list those of it that were seen; or the one that is named', () => {
    const free = new LearnOrders([], true)
    assert.deepEqual(free.ask('fan', ['low', 'high']), ['low', 'high'])
    free.see('fan', 'medium')
    assert.deepEqual(free.ask('fan', ['low', 'high']), ['medium'])
    assert.deepEqual(free.ask('fan', ['low'], 'high'), ['high'])
    assert.deepEqual(new LearnOrders(['low'], true).ask('fan', ['low', 'other']), ['low'])
  })
})
