import { transferError, type I2cBus } from '../../../src/sources/i2c/bus'
import type { Clock } from '../../../src/sources/i2c/clock'

/**
 * An MPU-6050 with FIFO behind the bus interface, in the time of a manual clock. Row n since the FIFO was started has
 * ax = n LSB (modulo 1000), ay = 0, az = 16384 LSB, the rest 0.
 */
export class SimulatedMpu6050 {
  /** `nack`: does not answer. `absent`: nor does it keep its registers. `mute`: answers, but samples nothing. */
  state: 'present' | 'nack' | 'absent' | 'mute' = 'present'
  whoAmI = 0x68
  /** Buses opened and not closed. */
  open = 0
  /** Transfers, failed ones included. */
  transfers = 0
  resets = 0
  /** What opening a bus throws, if anything. */
  openError?: Error
  private registers = new Map<number, number>([[0x6b, 0x40]])
  private fifo: number[] = []
  private started = 0
  private taken = 0
  private overflowed = false
  private pointer = 0

  constructor(
    private readonly clock: Clock,
    private readonly address = 0x68,
  ) {}

  bus(number: number): I2cBus {
    if (this.openError !== undefined) throw this.openError
    this.open++
    let closed = false
    const guard = (address: number): void => {
      this.transfers++
      if (closed) throw transferError(number, address, 9)
      if (this.state === 'absent') this.powerOn()
      if (address !== this.address || this.state === 'nack' || this.state === 'absent')
        throw transferError(number, address, 121)
    }
    return {
      number,
      read: async (address, register, length) => {
        guard(address)
        this.pointer = register
        return this.readOn(length)
      },
      write: async (address, register, bytes) => {
        guard(address)
        this.run()
        bytes.forEach((value, i) => this.set(register + i, value))
      },
      probe: async (address) => {
        try {
          guard(address)
          this.readOn(1)
          return true
        } catch {
          return false
        }
      },
      close: () => {
        if (!closed) this.open--
        closed = true
      },
    }
  }

  /** Loses its registers, as after a loss of power that nobody saw. */
  powerOn(): void {
    this.registers = new Map([[0x6b, 0x40]])
    this.fifo = []
  }

  /** Reads from where the register pointer stands; it stays on the FIFO. */
  private readOn(length: number): Uint8Array {
    this.run()
    return Uint8Array.from({ length }, () =>
      this.pointer === 0x74 ? (this.fifo.shift() ?? 0) : this.get(this.pointer++),
    )
  }

  private get(register: number): number {
    if (register === 0x75) return this.whoAmI
    if (register === 0x72) return this.fifo.length >> 8
    if (register === 0x73) return this.fifo.length & 255
    if (register >= 0x3b && register < 0x49) return this.row(this.taken)[register - 0x3b]!
    return this.registers.get(register) ?? 0
  }

  private set(register: number, value: number): void {
    if (register === 0x6b && (value & 0x80) !== 0) return this.powerOn()
    if (register === 0x6a && (value & 0x04) !== 0) {
      this.fifo = []
      this.resets++
    }
    this.registers.set(register, value)
    if (register === 0x23) {
      this.started = this.clock.uptime()
      this.taken = 0
    }
  }

  private row(n: number): readonly number[] {
    const ax = n % 1000
    return [ax >> 8, ax & 255, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0]
  }

  private run(): void {
    if (
      this.get(0x6b) !== 0x01 ||
      (this.get(0x6a) & 0x40) === 0 ||
      this.get(0x23) === 0 ||
      this.state === 'mute'
    )
      return
    const due = Math.floor(((this.clock.uptime() - this.started) * 1000) / (1 + this.get(0x19)) / 1000 + 1e-9)
    for (; this.taken < due; this.taken++) this.fifo.push(...this.row(this.taken).slice(0, 6))
    if (this.fifo.length > 1024) {
      this.fifo.splice(0, this.fifo.length - 1024)
      this.overflowed = true
    }
  }

  get hasOverflowed(): boolean {
    return this.overflowed
  }
}
