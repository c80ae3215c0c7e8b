import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { SystemFiles } from '../../../src/sources/metrics/system-files'

/** A folder with the files in which a Linux machine tells of itself. */
export class MachineTree {
  readonly root = mkdtempSync(path.join(os.tmpdir(), 'anomaly-machine-'))
  readonly files = new SystemFiles(this.root)

  constructor(files: Readonly<Record<string, string>>) {
    this.write(files)
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(this.root, name)
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
  }

  remove(name: string): void {
    rmSync(path.join(this.root, name), { recursive: true, force: true })
  }
}

/** /proc/stat: ticks of user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice, of all and of each core. */
export function stat(...cores: readonly (readonly number[])[]): string {
  const all = cores[0]!.map((_, i) => cores.reduce((sum, core) => sum + core[i]!, 0))
  const lines = cores.map((core, i) => `cpu${i} ${core.join(' ')}`)
  return [`cpu  ${all.join(' ')}`, ...lines, 'intr 4711 0 0', 'ctxt 123', 'btime 1700000000', ''].join('\n')
}

const NET_HEAD =
  'Inter-|   Receive                                                |  Transmit\n' +
  ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n'

/** /proc/net/dev with bytes received and sent. */
export function netDev(counts: Readonly<Record<string, readonly [number, number]>>): string {
  const lines = Object.entries(counts).map(
    ([name, [received, sent]]) => `${name.padStart(6)}: ${received} 1 0 0 0 0 0 0 ${sent} 1 0 0 0 0 0 0`,
  )
  return `${NET_HEAD}${lines.join('\n')}\n`
}

/** /proc/diskstats with sectors read and written. */
export function diskstats(counts: Readonly<Record<string, readonly [number, number]>>): string {
  return Object.entries(counts)
    .map(([name, [read, written]], i) => ` 179 ${i} ${name} 10 0 ${read} 5 20 0 ${written} 9 0 8 14 0 0 0 0`)
    .join('\n')
    .concat('\n')
}

const REST = [0, 0, 0, 1000, 0, 0, 0, 0, 0, 0] as const

/** A Raspberry Pi 4 as Raspberry Pi OS shows it. */
export function raspberryPi4(): MachineTree {
  const tree = new MachineTree({
    'proc/stat': stat(REST, REST, REST, REST),
    'proc/meminfo':
      'MemTotal:        3882588 kB\nMemFree:          512000 kB\nMemAvailable:    2911941 kB\nSwapTotal:        102396 kB\nSwapFree:          76797 kB\n',
    'proc/loadavg': '0.52 0.58 0.59 1/213 4711\n',
    'proc/net/dev': netDev({ lo: [9e6, 9e6], eth0: [1e6, 2e6], wlan0: [5e5, 1e5], docker0: [7e6, 7e6] }),
    'proc/diskstats': diskstats({
      mmcblk0: [1000, 2000],
      mmcblk0p1: [10, 0],
      mmcblk0p2: [990, 2000],
      loop0: [5, 0],
    }),
    'sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq': '1500000\n',
    'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
    'sys/class/thermal/thermal_zone0/temp': '48312\n',
    'sys/class/hwmon/hwmon0/name': 'cpu_thermal\n',
    'sys/class/hwmon/hwmon0/temp1_input': '48312\n',
    'sys/class/hwmon/hwmon1/name': 'rpi_volt\n',
    'sys/class/hwmon/hwmon1/in0_lcrit_alarm': '0\n',
    'sys/devices/platform/soc/soc:firmware/get_throttled': '50005\n',
    'sys/block/mmcblk0/size': '62333952\n',
    'sys/block/loop0/size': '0\n',
    'sys/class/net/eth0/device/vendor': '\n',
    'sys/class/net/wlan0/device/vendor': '\n',
    'sys/class/net/docker0/mtu': '1500\n',
  })
  return tree
}

/** A Raspberry Pi 5 with an NVMe disk: other places for the same things. */
export function raspberryPi5(): MachineTree {
  return new MachineTree({
    'proc/stat': stat(REST, REST, REST, REST),
    'proc/meminfo':
      'MemTotal:        8255264 kB\nMemFree:         5000000 kB\nMemAvailable:    6000000 kB\nSwapTotal:             0 kB\nSwapFree:              0 kB\n',
    'proc/loadavg': '0.00 0.01 0.05 1/213 4711\n',
    'sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq': '2400000\n',
    'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
    'sys/class/thermal/thermal_zone0/temp': '52050\n',
    'sys/class/hwmon/hwmon0/name': 'cpu_thermal\n',
    'sys/class/hwmon/hwmon0/temp1_input': '52050\n',
    'sys/class/hwmon/hwmon1/name': 'rp1_adc\n',
    'sys/class/hwmon/hwmon1/temp1_input': '48721\n',
    'sys/class/hwmon/hwmon2/name': 'pwmfan\n',
    'sys/class/hwmon/hwmon2/fan1_input': '2987\n',
    'sys/class/hwmon/hwmon3/name': 'nvme\n',
    'sys/class/hwmon/hwmon3/temp1_input': '38850\n',
    'sys/class/hwmon/hwmon3/temp1_label': 'Composite\n',
    'sys/class/hwmon/hwmon3/temp2_input': '41850\n',
    'sys/class/hwmon/hwmon3/temp2_label': 'Sensor 1\n',
    'sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled': '0\n',
  })
}
