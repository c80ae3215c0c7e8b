import type { Layout } from './layout'

/** What a chip is set to. All chips take the same settings; each offers its own ranges and rates. */
export interface ChipSettings {
  /** Accelerometer full scale, ± g. */
  readonly range: number
  /** Gyroscope full scale, ± °/s; not looked at by a chip without gyroscope. */
  readonly gyroRange: number
  /** Samples per second, Hz. */
  readonly rate: number
  /** Adds gx, gy, gz in rad/s. */
  readonly gyroscope: boolean
  /** Adds temp in °C. */
  readonly temperature: boolean
  /** Unit of ax, ay, az. */
  readonly unit: AccelerationUnit
}

export const ACCELERATION_UNITS = ['g', 'm/s²'] as const
export type AccelerationUnit = (typeof ACCELERATION_UNITS)[number]

/** One step of a sequence: a value written to a register, or a wait in ms. */
export type Step =
  | { readonly register: number; readonly value: number; readonly wait?: undefined }
  | { readonly wait: number; readonly register?: undefined; readonly value?: undefined }

export interface RegisterRange {
  readonly register: number
  readonly length: number
}

/** How to read one sample from the output registers. */
export interface SamplePlan {
  readonly read: RegisterRange
  readonly layout: Layout
}

export interface FifoLevel {
  /** Complete words waiting. */
  readonly words: number
  /** Samples were lost, or the words no longer begin where rows begin: the FIFO has to be reset. */
  readonly broken: boolean
  /** The count is no whole number of words: one is being written just now, or bytes were taken out by somebody else. */
  readonly torn?: boolean
}

/** Turns FIFO words into rows; keeps what a row still lacks until the next push. */
export interface FifoDecoder {
  /** @param bytes whole words @param aside bytes of `Fifo.aside` @returns rows × channels */
  push(bytes: Uint8Array, aside?: Uint8Array): Float64Array
  /** Forgets a half row, after the FIFO was reset. */
  reset(): void
}

/** A chip's own buffer: read in bursts, so that no timer decides when a sample is taken. */
export interface Fifo {
  /** Rows that fit into it. */
  capacity(settings: ChipSettings): number
  /** Read in this order at each poll; `level` gets the bytes one after the other. */
  readonly status: readonly RegisterRange[]
  level(status: Uint8Array, settings: ChipSettings): FifoLevel
  /** Register that the words are read from; the chip keeps the address there during a burst. */
  readonly data: number
  wordBytes(settings: ChipSettings): number
  /** False where each word needs a transfer of its own. */
  readonly burst: boolean
  /** Rows after a reset that the data sheet says to throw away. */
  readonly discard: number
  /** Registers read once per poll that the words lack (temperature). */
  aside?(settings: ChipSettings): RegisterRange | undefined
  /** Empties it and starts it anew. */
  reset(settings: ChipSettings): readonly Step[]
  decoder(settings: ChipSettings): FifoDecoder
}

/** A sensor chip: its registers, as its data sheet gives them. Pure; an entry of the registry. */
export interface Chip {
  /** Registry name, e.g. `mpu6050`. */
  readonly name: string
  /** As printed on the chip, e.g. `MPU-6050`. */
  readonly label: string
  /** 7-bit addresses that its pins allow, the usual one first. */
  readonly addresses: readonly number[]
  /** Register that tells the kind of chip, its answer, and the answers of chips that work the same way. */
  readonly whoAmI: { readonly register: number; readonly answers: Readonly<Record<number, string>> }
  /** ± g, ascending. */
  readonly ranges: readonly number[]
  /** ± °/s, ascending; empty without gyroscope. */
  readonly gyroRanges: readonly number[]
  readonly hasTemperature: boolean
  /** Hz, ascending. */
  readonly rates: readonly number[]
  /** Sets the chip up from any state; the FIFO runs at the end. */
  configure(settings: ChipSettings): readonly Step[]
  /** A register that `configure` writes with another value than it has after power-on: tells a restarted chip. */
  readonly alive: number
  sample(settings: ChipSettings): SamplePlan
  readonly fifo?: Fifo
}

/** Column names of a chip's rows, in order: ax, ay, az, then gx, gy, gz, then temp. */
export function channelsOf(settings: ChipSettings): readonly string[] {
  return [
    'ax',
    'ay',
    'az',
    ...(settings.gyroscope ? ['gx', 'gy', 'gz'] : []),
    ...(settings.temperature ? ['temp'] : []),
  ]
}

/** Units of `channelsOf`. */
export function unitsOf(settings: ChipSettings): readonly string[] {
  const { unit } = settings
  return [
    unit,
    unit,
    unit,
    ...(settings.gyroscope ? ['rad/s', 'rad/s', 'rad/s'] : []),
    ...(settings.temperature ? ['°C'] : []),
  ]
}

/** The value that `steps` leave in a register; undefined where they do not write it. */
export function writtenValue(steps: readonly Step[], register: number): number | undefined {
  return steps.findLast((step) => step.register === register)?.value
}
