import { closeSync, constants, openSync, readdirSync } from 'node:fs'
import { DeviceError } from '../../core/errors'
import { transferError, type I2cBus } from './bus'

/**
 * /dev/i2c-N through koffi. Measured on a 2-core x86 with a simulated chip, per register read of 14 … 1020 bytes:
 * synchronous 2 … 4 µs, asynchronous 20 µs of CPU; the bus time passes in libuv's thread pool.
 * A burst read of 50 ms of a six-axis chip at 200 Hz holds a 100 kHz bus for 11 ms, so asynchronous it is: the event loop
 * is then held for 0.02 ms at the median and 0.24 ms at the 99th percentile.
 * i2c-bus, the usual binding, is compiled at installation and again for each Node.js; koffi comes compiled for all of them.
 */

/** From linux/i2c-dev.h and linux/i2c.h. */
const I2C_SLAVE = 0x0703
const I2C_RDWR = 0x0707
const I2C_M_RD = 0x0001
const EBADF = 9

type Ioctl = {
  (fd: number, request: number, argument: number | bigint | Uint8Array): number
  async(
    fd: number,
    request: number,
    argument: Uint8Array,
    done: (error: unknown, result: number) => void,
  ): void
}

interface Native {
  ioctl: Ioctl
  setAddress: (fd: number, request: number, address: number) => number
  errno(): number
  address(buffer: Uint8Array): bigint
  readonly pointerBytes: number
}

/** Loads koffi at the first use. @throws DeviceError that says what to install */
function loadNative(): Native {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- optional and native: only loaded where it is used
    const koffi = require('koffi') as typeof import('koffi')
    const library = koffi.load(null)
    return {
      // ioctl is variadic in C; on Linux an argument is passed in the same place either way, and koffi
      // calls only functions with a fixed list asynchronously.
      ioctl: library.func('int ioctl(int fd, unsigned long request, void *argument)') as Ioctl,
      setAddress: library.func('ioctl', 'int', ['int', 'unsigned long', 'long']),
      errno: () => koffi.errno(),
      address: (buffer) => koffi.address(buffer),
      pointerBytes: koffi.sizeof('void *'),
    }
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    throw new DeviceError('sources.i2cBinding', { field: 'bus', reason }, { cause: error })
  }
}

/** Numbers of the buses that this machine has, ascending. */
export function listBuses(): readonly number[] {
  try {
    const numbers = readdirSync('/dev').map((name) => /^i2c-(\d+)$/.exec(name)?.[1])
    return numbers
      .filter((text) => text !== undefined)
      .map(Number)
      .sort((a, b) => a - b)
  } catch {
    return []
  }
}

function openError(bus: number, error: unknown): DeviceError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const found =
    listBuses()
      .map((number) => `/dev/i2c-${number}`)
      .join(', ') || 'none'
  const params = { field: 'bus', bus, found, reason: code }
  const key =
    code === 'ENOENT' ? 'sources.i2cNoBus' : code === 'EACCES' ? 'sources.i2cNoAccess' : 'sources.i2cOpen'
  return new DeviceError(key, params, { cause: error })
}

interface Message {
  readonly flags: number
  readonly bytes: Uint8Array
}

class LinuxBus implements I2cBus {
  private readonly claimed = new Set<number>()
  private underWay = 0
  private closed = false

  constructor(
    readonly number: number,
    private readonly fd: number,
    private readonly native: Native,
  ) {}

  async read(address: number, register: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length)
    await this.transfer(address, [
      { flags: 0, bytes: Uint8Array.of(register) },
      { flags: I2C_M_RD, bytes },
    ])
    return bytes
  }

  write(address: number, register: number, bytes: Uint8Array): Promise<void> {
    return this.transfer(address, [{ flags: 0, bytes: Uint8Array.of(register, ...bytes) }])
  }

  async probe(address: number): Promise<boolean> {
    try {
      // One byte is read, not written: a write could change a setting of whatever is there.
      await this.transfer(address, [{ flags: I2C_M_RD, bytes: new Uint8Array(1) }])
      return true
    } catch {
      return false
    }
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    // The number of the file must not be given away while a transfer still uses it.
    if (this.underWay === 0) closeSync(this.fd)
  }

  private transfer(address: number, messages: readonly Message[]): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(transferError(this.number, address, EBADF))
      const refusal = this.claim(address)
      if (refusal !== 0) return reject(transferError(this.number, address, refusal))
      const request = this.request(address, messages)
      this.underWay++
      this.native.ioctl.async(this.fd, I2C_RDWR, request.argument, (_error, result) => {
        // koffi restores the errno of the thread that made the call, for the length of this callback.
        const errno = result < 0 ? this.native.errno() : 0
        request.keep.length = 0
        if (--this.underWay === 0 && this.closed) closeSync(this.fd)
        if (errno === 0) resolve()
        else reject(transferError(this.number, address, errno))
      })
    })
  }

  /** An address that a kernel driver holds (EBUSY) is left alone: two masters of one FIFO tear it apart. */
  private claim(address: number): number {
    if (this.claimed.has(address)) return 0
    if (this.native.setAddress(this.fd, I2C_SLAVE, address) < 0) return this.native.errno()
    this.claimed.add(address)
    return 0
  }

  /** struct i2c_rdwr_ioctl_data behind the i2c_msg array it points to; `keep` holds every buffer until the call is over. */
  private request(
    address: number,
    messages: readonly Message[],
  ): { argument: Uint8Array; keep: Uint8Array[] } {
    const { pointerBytes } = this.native
    const messageBytes = 8 + pointerBytes
    const block = Buffer.alloc(messages.length * messageBytes + 2 * pointerBytes)
    messages.forEach(({ flags, bytes }, i) => {
      const at = i * messageBytes
      block.writeUInt16LE(address, at)
      block.writeUInt16LE(flags, at + 2)
      block.writeUInt16LE(bytes.length, at + 4)
      this.writePointer(block, at + 8, bytes)
    })
    const at = messages.length * messageBytes
    this.writePointer(block, at, block)
    block.writeUInt32LE(messages.length, at + pointerBytes)
    return { argument: block.subarray(at), keep: [block, ...messages.map(({ bytes }) => bytes)] }
  }

  private writePointer(block: Buffer, at: number, target: Uint8Array): void {
    const address = this.native.address(target)
    if (this.native.pointerBytes === 8) block.writeBigUInt64LE(address, at)
    else block.writeUInt32LE(Number(address), at)
  }
}

/** Opens /dev/i2c-N. @throws DeviceError where koffi, the bus, or the right to use it is missing */
export function openLinuxBus(number: number): I2cBus {
  if (process.platform !== 'linux')
    throw new DeviceError('sources.i2cPlatform', { field: 'bus', platform: process.platform })
  const native = loadNative()
  try {
    return new LinuxBus(number, openSync(`/dev/i2c-${number}`, constants.O_RDWR), native)
  } catch (error) {
    throw openError(number, error)
  }
}
