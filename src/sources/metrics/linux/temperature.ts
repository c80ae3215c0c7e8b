import { reading, type Probe, type Reading } from '../probe'
import type { SystemFiles } from '../system-files'

interface Sensor {
  /** What the kernel calls it: cpu-thermal, coretemp, nvme … */
  readonly kind: string
  readonly label: string
  /** Holds thousandths of a degree. */
  readonly file: string
}

/** Names of the sensor in the processor, the surest first. */
const PROCESSOR = [
  /^(cpu|soc|bcm2\d*)[-_]?thermal/,
  /^x86_pkg_temp$/,
  /^(coretemp|k10temp|zenpower|cpu_thermal)$/,
  /(cpu|soc|package)/,
  /core/,
  /^acpitz$/,
]
const ZONES = 'sys/class/thermal'
const CHIPS = 'sys/class/hwmon'

/**
 * Temperatures in °C from the thermal zones and hardware monitors of the kernel: of the processor (`temperature`), or of every
 * other sensor (`temperature.nvme` …). Sensors are looked for once; none are started, no program either.
 */
export class Temperature implements Probe {
  private sensors?: readonly { readonly name: string; readonly file: string }[]

  constructor(
    private readonly files: SystemFiles,
    private readonly which: 'processor' | 'others',
  ) {}

  async read(): Promise<readonly Reading[]> {
    // A sensor may be there only some time after the start.
    if (this.sensors === undefined || this.sensors.length === 0) this.sensors = await this.find()
    const readings = await Promise.all(
      this.sensors.map(async ({ name, file }) => {
        const value = await this.files.number(file)
        return reading(name, '°C', value === undefined ? undefined : value / 1000)
      }),
    )
    return readings.flat()
  }

  private async find(): Promise<readonly { readonly name: string; readonly file: string }[]> {
    const all = await findSensors(this.files)
    const processor = PROCESSOR.map((kind) => all.find((sensor) => kind.test(sensor.kind))).find(Boolean)
    if (this.which === 'processor')
      return processor === undefined ? [] : [{ name: 'temperature', file: processor.file }]
    const names = new Set<string>()
    return all
      .filter((sensor) => sensor !== processor)
      .map(({ kind, label, file }) => {
        const base = `temperature.${[kind, label].filter((word) => word !== '').join('_')}`.replace(
          /[,\s]+/g,
          '_',
        )
        let name = base
        for (let i = 2; names.has(name); i++) name = `${base}_${i}`
        names.add(name)
        return { name, file }
      })
  }
}

async function findSensors(files: SystemFiles): Promise<readonly Sensor[]> {
  const zones: Sensor[] = []
  for (const zone of await files.list(ZONES)) {
    const kind = (await files.text(`${ZONES}/${zone}/type`))?.trim()
    const file = `${ZONES}/${zone}/temp`
    if (kind !== undefined && (await files.number(file)) !== undefined) zones.push({ kind, label: '', file })
  }
  const chips: Sensor[] = []
  for (const chip of await files.list(CHIPS)) {
    const kind = (await files.text(`${CHIPS}/${chip}/name`))?.trim() ?? chip
    // The kernel shows a thermal zone here once more.
    if (zones.some((zone) => zone.kind.replaceAll('-', '_') === kind)) continue
    for (const name of await files.list(`${CHIPS}/${chip}`)) {
      const number = /^temp(\d+)_input$/.exec(name)?.[1]
      if (number === undefined) continue
      const file = `${CHIPS}/${chip}/${name}`
      if ((await files.number(file)) === undefined) continue
      const label = (await files.text(`${CHIPS}/${chip}/temp${number}_label`))?.trim() ?? ''
      chips.push({ kind, label: label === '' && number !== '1' ? number : label, file })
    }
  }
  return [...zones, ...chips]
}
