import { DeviceError } from '../../core/errors'
import { hex, type I2cBus } from './bus'
import type { Chip } from './chip'
import { CHIPS } from './chips/registry'

/** Relatives that are not supported but often met, so that the message can name them: register, answer. */
const RELATIVES: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  0x75: {
    0x12: 'ICM-20602',
    0x19: 'MPU-6886',
    0x20: 'ICM-20690',
    0x74: 'MPU-6515',
    0x78: 'MPU-6880',
    0x98: 'ICM-20689',
    0xa9: 'IAM-20680',
    0xaf: 'ICM-20608',
  },
  0x0f: { 0x33: 'LIS3DH', 0x68: 'LSM9DS1', 0x6c: 'LSM6DSO' },
}

export interface Identity {
  /** Name printed on the chip, e.g. `MPU-9250`. */
  readonly label: string
  /** Undefined for a relative that is not supported. */
  readonly chip?: Chip
}

function identityOf(register: number, answer: number): Identity | undefined {
  for (const chip of CHIPS) {
    const label = chip.whoAmI.register === register ? chip.whoAmI.answers[answer] : undefined
    if (label !== undefined) return { label, chip }
  }
  const label = RELATIVES[register]?.[answer]
  return label === undefined ? undefined : { label }
}

/** Registers in which the chips that can be at this address tell their name: elsewhere, reading could do harm. */
function nameRegisters(address: number): readonly number[] {
  const likely = CHIPS.filter((chip) => chip.addresses.includes(address))
  return [...new Set(likely.map((chip) => chip.whoAmI.register))]
}

/**
 * True when something answers. Where one of the chips can be, its name is asked for: a bare read begins wherever the register
 * pointer stands, and would take a byte out of the FIFO of a chip that is at work.
 */
export async function isThere(bus: I2cBus, address: number): Promise<boolean> {
  const [register] = nameRegisters(address)
  if (register === undefined) return bus.probe(address)
  return bus.read(address, register, 1).then(
    () => true,
    () => false,
  )
}

/** Asks the registers in which the known chips tell their name; undefined where no answer is known. */
export async function identify(bus: I2cBus, address: number): Promise<Identity | undefined> {
  for (const register of nameRegisters(address)) {
    const [answer] = await bus.read(address, register, 1)
    const identity = identityOf(register, answer!)
    if (identity !== undefined) return identity
  }
  return undefined
}

/** @throws DeviceError that says which chip answered instead, or its number where that is unknown */
export async function expectChip(bus: I2cBus, address: number, chip: Chip): Promise<void> {
  const { register, answers } = chip.whoAmI
  const [answer] = await bus.read(address, register, 1)
  if (answers[answer!] !== undefined) return
  const found = identityOf(register, answer!) ?? (await identify(bus, address))
  const told = `${hex(register)} = ${hex(answer!)}`
  throw new DeviceError('sources.i2cWrongChip', {
    field: 'chip',
    chip: chip.label,
    address: hex(address),
    bus: bus.number,
    answered: found === undefined ? `an unknown chip (${told})` : `${found.label} (${told})`,
  })
}
