import assert from 'node:assert/strict'
import { ConfigError } from '../../../src/core/errors'
import { SensorClaims } from '../../../src/sources/i2c/sensor-claims'

describe('claims of sensors', () => {
  it('refuses a second reader of a bus and address, with the name of the first, until that gives it up', () => {
    const claims = new SensorClaims()
    const giveUp = claims.claim(1, 0x68, 'fan')
    claims.claim(1, 0x69, 'pump')
    claims.claim(0, 0x68, 'pump')
    assert.throws(
      () => claims.claim(1, 0x68, 'press'),
      (error: unknown) => error instanceof ConfigError && /0x68 on bus 1 .* source fan/.test(error.message),
    )
    giveUp()
    claims.claim(1, 0x68, 'press')
    assert.throws(() => claims.claim(1, 0x68, 'fan'), /source press/)
  })
})
