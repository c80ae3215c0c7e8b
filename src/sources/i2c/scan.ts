import { hex, type I2cBus } from './bus'
import { identify, isThere } from './identify'

/** An address that answers. */
export interface FoundDevice {
  readonly address: number
  /** `0x68`. */
  readonly text: string
  /** Registry name of the chip that it says to be; undefined for one that is not supported or not known. */
  readonly chip?: string
  /** Its name as printed on the chip, where known. */
  readonly label?: string
}

const FIRST = 0x08
const LAST = 0x77

/** Asks every address of the bus, ascending; about 30 ms at 100 kHz. Sensors at work may be read meanwhile. */
export async function scanBus(bus: I2cBus): Promise<readonly FoundDevice[]> {
  const found: FoundDevice[] = []
  for (let address = FIRST; address <= LAST; address++) {
    if (!(await isThere(bus, address))) continue
    const identity = await identify(bus, address).catch(() => undefined)
    found.push({ address, text: hex(address), chip: identity?.chip?.name, label: identity?.label })
  }
  return found
}
