import assert from 'node:assert/strict'
import { readNumber, readText } from '../../src/core/read-settings'

describe('reading settings', () => {
  it('says of a number without an upper limit what it must be at least', () => {
    assert.throws(() => readNumber('Hop', '-1', { min: 0 }), { message: 'Hop must be at least 0, not -1' })
    assert.throws(() => readNumber('Hop', 9, { min: 0, max: 5 }), {
      message: 'Hop must be from 0 to 5, not 9',
    })
  })

  it('takes a number for text, as an env value or a program gives it', () => {
    assert.equal(readText('Time field', 1), '1')
    assert.throws(() => readText('Time field', true), { key: 'settings.notText' })
  })
})
