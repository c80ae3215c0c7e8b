/** Checks of a record, by name. */
const CHECKS = {
  /** CRC-8: polynomial 0x07, start 0 (SMBus). */
  crc8: (bytes: Uint8Array, from: number, to: number): number => {
    let crc = 0
    for (let i = from; i < to; i++) {
      crc ^= bytes[i]!
      for (let bit = 0; bit < 8; bit++)
        crc = (crc & 0x80) === 0 ? (crc << 1) & 0xff : ((crc << 1) ^ 0x07) & 0xff
    }
    return crc
  },
  /** CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF. */
  crc16: (bytes: Uint8Array, from: number, to: number): number => {
    let crc = 0xffff
    for (let i = from; i < to; i++) {
      crc ^= bytes[i]! << 8
      for (let bit = 0; bit < 8; bit++)
        crc = (crc & 0x8000) === 0 ? (crc << 1) & 0xffff : ((crc << 1) ^ 0x1021) & 0xffff
    }
    return crc
  },
  /** CRC-16/MODBUS: polynomial 0x8005 reflected, start 0xFFFF. */
  'crc16-modbus': (bytes: Uint8Array, from: number, to: number): number => {
    let crc = 0xffff
    for (let i = from; i < to; i++) {
      crc ^= bytes[i]!
      for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >> 1 : (crc >> 1) ^ 0xa001
    }
    return crc
  },
  /** Sum of the bytes, modulo 256. */
  sum8: (bytes: Uint8Array, from: number, to: number): number => {
    let sum = 0
    for (let i = from; i < to; i++) sum = (sum + bytes[i]!) & 0xff
    return sum
  },
  /** All bytes exclusive-ored, as in NMEA lines. */
  xor8: (bytes: Uint8Array, from: number, to: number): number => {
    let xor = 0
    for (let i = from; i < to; i++) xor ^= bytes[i]!
    return xor
  },
} as const

export type CheckName = keyof typeof CHECKS

export function isCheck(name: string): name is CheckName {
  return Object.hasOwn(CHECKS, name)
}

/** The check over bytes `from` … `to` (exclusive). */
export function checksum(name: CheckName, bytes: Uint8Array, from: number, to: number): number {
  return CHECKS[name](bytes, from, to)
}
