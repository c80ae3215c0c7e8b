import { reading, type Probe, type Reading } from '../probe'
import type { SystemFiles } from '../system-files'

const CHIPS = 'sys/class/hwmon'
const PLATFORM = 'sys/devices/platform'
/** Bits of what a Raspberry Pi's firmware tells as it is now (the same 16 bits higher tell of what has been since the start). */
const FLAGS = ['undervoltage', 'frequency_capped', 'throttled', 'temperature_limited'] as const

/**
 * Whether a Raspberry Pi is held back now, 0 or 1 each: too little voltage, frequency capped, throttled, soft temperature limit.
 * The firmware's node lies in another folder from model to model, so it is looked for. Kernels without it (mainline) tell of the
 * voltage alone.
 */
export class Throttling implements Probe {
  private file?: string
  private alarm?: string

  constructor(private readonly files: SystemFiles) {}

  async read(): Promise<readonly Reading[]> {
    this.file ??= await this.find()
    const text = this.file === undefined ? undefined : await this.files.text(this.file)
    const bits = text === undefined ? NaN : Number.parseInt(text.trim(), 16)
    if (Number.isNaN(bits)) return this.voltage()
    return FLAGS.flatMap((name, bit) => reading(name, '', (bits >> bit) & 1))
  }

  private async voltage(): Promise<readonly Reading[]> {
    this.alarm ??= await this.findAlarm()
    const alarm = this.alarm === undefined ? undefined : await this.files.number(this.alarm)
    return reading(FLAGS[0], '', alarm)
  }

  private async findAlarm(): Promise<string | undefined> {
    for (const chip of await this.files.list(CHIPS))
      if ((await this.files.text(`${CHIPS}/${chip}/name`))?.trim() === 'rpi_volt')
        return `${CHIPS}/${chip}/in0_lcrit_alarm`
    return undefined
  }

  private async find(): Promise<string | undefined> {
    const isFirmware = (name: string): boolean => name.endsWith(':firmware')
    const first = await this.files.list(PLATFORM)
    const folders = first.filter(isFirmware)
    for (const soc of first.filter((name) => name.startsWith('soc')))
      folders.push(...(await this.files.list(`${PLATFORM}/${soc}`)).filter(isFirmware).map((name) => `${soc}/${name}`)) // prettier-ignore
    for (const folder of folders) {
      const file = `${PLATFORM}/${folder}/get_throttled`
      if (await this.files.has(file)) return file
    }
    return undefined
  }
}
