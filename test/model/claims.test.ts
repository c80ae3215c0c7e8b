import assert from 'node:assert/strict'
import { ConfigError } from '../../src/core/errors'
import { Claims } from '../../src/model/claims'

const fan = { topic: 'fan' }

describe('claims', () => {
  it('give a stream of a bundle to the first chain and name it to the second', () => {
    const claims = new Claims()
    claims.claim('fans', fan, 'detector', 'node1')
    claims.claim('fans', fan, 'detector', 'node1')
    claims.claim('fans', fan, 'scaler', 'node2')
    claims.claim('fans', { topic: 'pump' }, 'detector', 'node2')
    claims.claim('pumps', fan, 'detector', 'node2')
    assert.throws(
      () => claims.claim('fans', fan, 'detector', 'node2'),
      (error) => error instanceof ConfigError && /node1/.test(error.message),
    )
    claims.release('node1')
    claims.claim('fans', fan, 'detector', 'node2')
  })
})
