import type { ChipSettings, Fifo, FifoDecoder, RegisterRange, Step } from '../chip'
import { decodeRows, type Layout } from '../layout'
import { acceleration, CONTINUOUS, REGISTER, rotation, TEMPERATURE_READ, temperatureLayout } from './st'

/**
 * FIFO of 7-byte words: a tag, then three 16-bit values, low byte first. Bits 7:3 of the tag name the sensor,
 * bits 2:1 count the time slots, so that words of one moment find each other (FIFO_DATA_OUT_TAG in the data sheets
 * of ISM330DHCX and LSM6DSV).
 */
const WORD = 7
const GYROSCOPE = 0x01
const ACCELEROMETER = 0x02
const FIFO_DATA_OUT_TAG = 0x78
/** After a start the chip may write 0x7ffd … 0x7fff on x for "no sample yet"; later these are samples at the end of the scale. */
const FIRST_INVALID = 0x7ffd

/** Pairs tagged words to rows ax, ay, az[, gx, gy, gz]; a slot that lacks one of its words is left out. */
class TaggedDecoder implements FifoDecoder {
  private slot = -1
  private started = false
  private acceleration?: Uint8Array
  private rotation?: Uint8Array

  constructor(
    private readonly layout: Layout,
    private readonly gyroscope: boolean,
    private readonly once: Layout,
  ) {}

  push(bytes: Uint8Array, aside?: Uint8Array): Float64Array {
    const rowBytes = this.layout.bytes
    const pairs = new Uint8Array(Math.ceil(bytes.length / WORD) * rowBytes)
    let rows = 0
    for (let at = 0; at + WORD <= bytes.length; at += WORD) {
      if (!this.take(bytes, at)) continue
      pairs.set(this.acceleration!, rows * rowBytes)
      if (this.gyroscope) pairs.set(this.rotation!, rows * rowBytes + 6)
      rows++
      this.started = true
      this.clear()
    }
    const complete = pairs.subarray(0, rows * rowBytes)
    return decodeRows(complete, this.layout, aside && { bytes: aside, layout: this.once })
  }

  reset(): void {
    this.slot = -1
    this.started = false
    this.clear()
  }

  /** Takes in one word; true when its slot is complete. */
  private take(bytes: Uint8Array, at: number): boolean {
    const tag = bytes[at]!
    const kind = tag >> 3
    if (kind !== ACCELEROMETER && kind !== GYROSCOPE) return false
    const slot = (tag >> 1) & 3
    if (slot !== this.slot) this.clear()
    this.slot = slot
    const word = bytes.slice(at + 1, at + WORD)
    const x = (word[1]! << 8) | word[0]!
    if (!this.started && x >= FIRST_INVALID && x < 0x8000) return false
    if (kind === ACCELEROMETER) this.acceleration = word
    else this.rotation = word
    return this.acceleration !== undefined && (!this.gyroscope || this.rotation !== undefined)
  }

  private clear(): void {
    this.acceleration = undefined
    this.rotation = undefined
  }
}

export interface TaggedFifoSpec {
  /** FIFO_STATUS1; the two bytes there hold the count of words, bit 6 of the second the overrun. */
  readonly status: number
  /** Bits of the second byte that belong to the count. */
  readonly countMask: number
  /** Words that fit. */
  readonly words: number
  /** Code of the rate in FIFO_CTRL3, for both sensors. */
  rateCode(rate: number): number
  /** LSB per °C. */
  readonly perDegree: number
}

function wordsPerRow(settings: ChipSettings): number {
  return settings.gyroscope ? 2 : 1
}

export function taggedFifo(spec: TaggedFifoSpec): Fifo {
  return {
    capacity: (settings) => Math.floor(spec.words / wordsPerRow(settings)),
    status: [{ register: spec.status, length: 2 }],
    level: (status) => ({
      words: status[0]! | ((status[1]! & spec.countMask) << 8),
      broken: (status[1]! & 0x40) !== 0,
    }),
    data: FIFO_DATA_OUT_TAG,
    wordBytes: () => WORD,
    burst: true,
    discard: 1,
    aside: (settings): RegisterRange | undefined => (settings.temperature ? TEMPERATURE_READ : undefined),
    reset(settings): readonly Step[] {
      const code = spec.rateCode(settings.rate)
      return [
        { register: REGISTER.FIFO_CTRL4, value: 0 },
        { register: REGISTER.FIFO_CTRL3, value: settings.gyroscope ? (code << 4) | code : code },
        { register: REGISTER.FIFO_CTRL4, value: CONTINUOUS },
      ]
    },
    decoder(settings) {
      const columns = [...acceleration(settings, 0), ...(settings.gyroscope ? rotation(settings, 6) : [])]
      const layout: Layout = { bytes: settings.gyroscope ? 12 : 6, order: 'little-endian', columns }
      return new TaggedDecoder(layout, settings.gyroscope, temperatureLayout(spec.perDegree))
    },
  }
}
