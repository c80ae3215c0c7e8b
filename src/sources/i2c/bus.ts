import { getSystemErrorMap } from 'node:util'
import { DeviceError } from '../../core/errors'
import type { MessageKey } from '../../core/messages'

/**
 * An I2C bus with 7-bit addresses. Transfers run off the event loop: at 100 kHz, 1 KB keeps the bus busy for 90 ms.
 * Each rejects with a DeviceError that names bus, address and what the kernel said.
 */
export interface I2cBus {
  readonly number: number
  /** Sets the register pointer and reads from there in one transfer. The result is a buffer of its own. */
  read(address: number, register: number, length: number): Promise<Uint8Array>
  write(address: number, register: number, bytes: Uint8Array): Promise<void>
  /** True when something answers at the address. */
  probe(address: number): Promise<boolean>
  /** Transfers under way end by themselves; later ones reject. */
  close(): void
}

/** How an address is written, in messages too: `0x68`. */
export function hex(value: number): string {
  return `0x${value.toString(16).padStart(2, '0')}`
}

/** Errors of the kernel with a text of their own: what they mean on an I2C bus, and what to do. */
const KNOWN: Readonly<Record<number, MessageKey>> = {
  5: 'sources.i2cNoAnswer',
  6: 'sources.i2cNoAnswer',
  16: 'sources.i2cInUse',
  110: 'sources.i2cHangs',
  121: 'sources.i2cNoAnswer',
}

/** The error of a failed transfer; `errno` as Linux counts them (121: remote I/O, nobody acknowledged). */
export function transferError(bus: number, address: number, errno: number): DeviceError {
  const text = getSystemErrorMap().get(-errno)?.[1] ?? 'unknown error'
  const params = { field: 'address', bus, address: hex(address), errno, text }
  return new DeviceError(KNOWN[errno] ?? 'sources.i2cFailed', params)
}
