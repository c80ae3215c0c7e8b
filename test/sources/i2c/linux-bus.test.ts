import assert from 'node:assert/strict'
import Module from 'node:module'
import { DeviceError } from '../../../src/core/errors'
import { transferError } from '../../../src/sources/i2c/bus'
import { openLinuxBus } from '../../../src/sources/i2c/linux-bus'

function thrown(action: () => void): DeviceError {
  try {
    action()
  } catch (error) {
    assert.ok(error instanceof DeviceError, String(error))
    return error
  }
  throw new Error('nothing was thrown')
}

const linux = process.platform === 'linux'

describe(linux ? 'I2C bus of Linux' : 'I2C bus of Linux (skipped: this is not Linux)', () => {
  before(function () {
    if (!linux) this.skip()
  })

  it('says how to switch I2C on where the bus is missing', () => {
    const error = thrown(() => openLinuxBus(251))
    assert.equal(error.key, 'sources.i2cNoBus')
    assert.match(
      error.message,
      /there is no \/dev\/i2c-251 \(found: .+\)\. Switch I2C on with sudo raspi-config/,
    )
    assert.equal(error.params.field, 'bus')
  })

  it('says what to install where koffi is missing', () => {
    const load: unknown = Reflect.get(Module, '_load')
    assert.ok(typeof load === 'function')
    Reflect.set(Module, '_load', (...args: unknown[]): unknown => {
      if (args[0] === 'koffi') throw new Error("Cannot find module 'koffi'\nRequire stack:")
      return Reflect.apply(load, Module, args) as unknown
    })
    try {
      const error = thrown(() => openLinuxBus(1))
      assert.equal(error.key, 'sources.i2cBinding')
      assert.match(error.message, /\(Cannot find module 'koffi'\)\. Install it .*: npm install koffi/)
    } finally {
      Reflect.set(Module, '_load', load)
    }
  })
})

describe('error of a transfer', () => {
  it('names bus, address and what the kernel said', () => {
    const error = transferError(1, 0x68, 121)
    assert.equal(error.key, 'sources.i2cNoAnswer')
    assert.match(
      error.message,
      /^address: no answer from 0x68 on bus 1 \(121: remote I\/O error\)\. Check wiring, power and address$/,
    )
  })

  it('tells a hanging bus, an address in use and other errors apart', () => {
    assert.deepEqual(
      [6, 16, 110, 95].map((errno) => transferError(0, 0x1d, errno).key),
      ['sources.i2cNoAnswer', 'sources.i2cInUse', 'sources.i2cHangs', 'sources.i2cFailed'],
    )
  })
})
