import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import type { Frame } from '../../../src/core/frame'
import { METRIC_GROUPS, type MetricGroup } from '../../../src/core/metric-groups'
import type { Verdict } from '../../../src/core/verdict'
import type { MetricsSource } from '../../../src/sources/metrics/metrics-source'
import { linuxMetrics, openMetrics } from '../../../src/sources/metrics/open-metrics'
import { diskstats, type MachineTree, netDev, raspberryPi4, raspberryPi5, stat } from './machine-tree'

const START = 1_700_000_000_000

/** Two looks a second apart; `change` is what happens between them. */
async function second(source: MetricsSource, change: () => void): Promise<Frame> {
  assert.equal((await source.look(START)).result, undefined)
  change()
  const { result } = await source.look(START + 1000)
  assert.ok(result !== undefined && 'channels' in result)
  return result
}

function valueOf(frame: Frame, channel: string): number {
  const column = frame.channels.indexOf(channel)
  assert.ok(column >= 0, `${channel} of ${frame.channels.join(', ')}`)
  return Math.round(1000 * frame.data[column]!) / 1000
}

describe("metrics from Linux's own files", () => {
  let tree: MachineTree
  beforeEach(() => (tree = raspberryPi4()))
  afterEach(() => rmSync(tree.root, { recursive: true }))

  const measure = (group: MetricGroup, change = (): void => undefined): Promise<Frame> =>
    second(linuxMetrics([group], 1, tree.files), change)

  it('share of the processor: work counts, waiting for a disk and guests do not', async () => {
    // In a second of 100 ticks: 20 user, 5 nice, 10 system, 50 idle, 10 iowait, 2 irq, 2 softirq, 1 steal: 40 % work.
    const busy = [20, 5, 10, 1050, 10, 2, 2, 1, 20, 5]
    const idle = [0, 0, 0, 1100, 0, 0, 0, 0, 0, 0]
    const frame = await measure('cpu', () => tree.write({ 'proc/stat': stat(busy, idle, idle, idle) }))
    assert.equal(valueOf(frame, 'cpu'), 10)
    tree.write({ 'proc/stat': stat(idle, idle, idle, idle) })
    const cores = linuxMetrics(['cores'], 1, tree.files)
    const later = (user: number): readonly number[] => [user, 0, 0, 1200 - user, 0, 0, 0, 0, 0, 0]
    const change = (): void => tree.write({ 'proc/stat': stat(later(40), later(0), later(0), later(0)) })
    const each = await second(cores, change)
    assert.deepEqual(each.channels, ['cpu0', 'cpu1', 'cpu2', 'cpu3'])
    assert.deepEqual([valueOf(each, 'cpu0'), valueOf(each, 'cpu3')], [40, 0])
  })

  it('frequency and temperature of a Pi 4', async () => {
    assert.equal(valueOf(await measure('frequency'), 'frequency'), 1500)
    const frame = await measure('temperature')
    assert.equal(valueOf(frame, 'temperature'), 48.312)
    assert.deepEqual([frame.units, frame.rate, frame.contract], [['°C'], 1, ['source temperature °C 1 Hz']])
  })

  it('what holds a Pi 4 back now, not what did so before', async () => {
    const frame = await measure('throttling')
    assert.deepEqual([...frame.data], [1, 0, 1, 0])
    assert.deepEqual(frame.channels, ['undervoltage', 'frequency_capped', 'throttled', 'temperature_limited'])
    tree.write({ 'sys/devices/platform/soc/soc:firmware/get_throttled': 'f000a\n' })
    assert.deepEqual([...(await measure('throttling')).data], [0, 1, 0, 1])
  })

  it('a Pi 5, where the same things lie elsewhere, with all that is hot in it', async () => {
    const five = raspberryPi5()
    try {
      const source = linuxMetrics(['frequency', 'temperature', 'temperatures', 'throttling'], 1, five.files)
      const frame = await second(source, () => undefined)
      assert.equal(valueOf(frame, 'frequency'), 2400)
      assert.equal(valueOf(frame, 'temperature'), 52.05)
      assert.equal(valueOf(frame, 'temperature.rp1_adc'), 48.721)
      assert.equal(valueOf(frame, 'temperature.nvme_Composite'), 38.85)
      assert.equal(valueOf(frame, 'temperature.nvme_Sensor_1'), 41.85)
      assert.equal(valueOf(frame, 'undervoltage'), 0)
      assert.equal(frame.channels.length, 9)
    } finally {
      rmSync(five.root, { recursive: true })
    }
  })

  it('memory that programs cannot have, swap space, load', async () => {
    assert.equal(valueOf(await measure('memory'), 'memory'), 25)
    assert.equal(valueOf(await measure('swap'), 'swap'), 25)
    const used = await measure('memory_used')
    assert.equal(valueOf(used, 'memory_used'), 947.897)
    assert.deepEqual(used.units, ['MB'])
    assert.deepEqual(
      [...(await measure('load')).data],
      [Math.fround(0.52), Math.fround(0.58), Math.fround(0.59)],
    )
    const space = valueOf(await measure('space'), 'disk_used')
    assert.ok(space > 0 && space <= 100)
  })

  it('traffic of whole disks', async () => {
    const frame = await measure('disk', () =>
      tree.write({
        'proc/diskstats': diskstats({ mmcblk0: [3000, 2100], mmcblk0p2: [2990, 2100], loop0: [9999, 0] }),
      }),
    )
    // 2000 sectors of 512 bytes read, 100 written.
    assert.deepEqual([valueOf(frame, 'disk_read'), valueOf(frame, 'disk_write')], [1024, 51.2])
    assert.deepEqual(frame.units, ['kB/s', 'kB/s'])
  })

  it('traffic of interfaces with hardware; bridges would count it twice', async () => {
    const frame = await measure('network', () =>
      tree.write({
        'proc/net/dev': netDev({
          lo: [99e6, 99e6],
          eth0: [1.2e6, 2e6],
          wlan0: [5.5e5, 1.1e5],
          docker0: [9e7, 9e7],
        }),
      }),
    )
    assert.deepEqual([valueOf(frame, 'network_in'), valueOf(frame, 'network_out')], [250, 10])
  })

  it('no leap where a disk is pulled out, another is plugged in, or a counter begins anew', async () => {
    tree.write({ 'sys/block/sda/size': '1', 'sys/block/sdb/size': '1' })
    const write = (counts: Readonly<Record<string, readonly [number, number]>>): void =>
      tree.write({ 'proc/diskstats': diskstats(counts) })
    write({ mmcblk0: [1000, 0], sda: [5_000_000, 0] })
    const source = linuxMetrics(['disk'], 1, tree.files)
    const rates: number[] = []
    const look = async (seconds: number): Promise<void> => {
      const { result } = await source.look(START + 1000 * seconds)
      if (result !== undefined) rates.push(valueOf(result as Frame, 'disk_read'))
    }
    await look(0)
    write({ mmcblk0: [1100, 0], sda: [5_000_000, 0] })
    await look(1)
    write({ mmcblk0: [1200, 0] })
    await look(2)
    write({ mmcblk0: [1300, 0], sdb: [8_000_000, 0] })
    await look(3)
    write({ mmcblk0: [50, 0], sdb: [8_000_000, 0] })
    await look(4)
    assert.deepEqual(rates, [51.2, 51.2, 51.2, 25.6])
  })

  it('leaves out what the machine lacks, tells it once, and never sends 0 for it', async () => {
    tree.remove('sys/class')
    tree.remove('sys/devices/system')
    tree.write({ 'proc/meminfo': 'MemTotal: 100 kB\nMemAvailable: 60 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n' })
    const source = linuxMetrics(['frequency', 'temperature', 'memory', 'swap'], 1, tree.files)
    assert.deepEqual((await source.look(START)).missing, [])
    const { result, missing } = await source.look(START + 1000)
    assert.deepEqual((result as Frame).channels, ['memory'])
    assert.deepEqual([...(result as Frame).data], [40])
    assert.deepEqual(missing, ['frequency', 'temperature', 'swap'])
    assert.deepEqual((await source.look(START + 2000)).missing, [])
  })

  for (const [group, file] of [
    ['cpu', 'proc/stat'],
    ['cores', 'proc/stat'],
    ['frequency', 'sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq'],
    ['temperature', 'sys/class/thermal/thermal_zone0'],
    ['temperatures', 'sys/class/hwmon/hwmon3'],
    ['memory', 'proc/meminfo'],
    ['memory_used', 'proc/meminfo'],
    ['swap', 'proc/meminfo'],
    ['load', 'proc/loadavg'],
    ['disk', 'proc/diskstats'],
    ['network', 'proc/net/dev'],
    ['throttling', 'sys/devices/platform/soc/soc:firmware/get_throttled'],
  ] as const)
    it(`without ${file} sends nothing for ${group}, never 0`, async () => {
      tree.write({
        'sys/class/hwmon/hwmon3/name': 'nvme\n',
        'sys/class/hwmon/hwmon3/temp1_input': '38850\n',
        'sys/class/hwmon/hwmon0/name': 'cpu_thermal\n',
      })
      const later = [0, 0, 0, 1100, 0, 0, 0, 0, 0, 0]
      const there = await measure(group, () => tree.write({ 'proc/stat': stat(later, later, later, later) }))
      assert.ok(there.channels.length > 0, 'it is there to begin with')
      tree.remove(file)
      if (group === 'temperature') tree.remove('sys/class/hwmon')
      if (group === 'throttling') tree.remove('sys/class/hwmon/hwmon1')
      const source = linuxMetrics([group], 1, tree.files)
      await source.look(START)
      assert.deepEqual(await source.look(START + 1000), { missing: [group] })
    })

  it('says DROPOUT of a channel that was there and is gone, and goes on when it is back', async () => {
    const source = linuxMetrics(['temperature', 'memory'], 1, tree.files)
    await second(source, () => tree.remove('sys/class/thermal/thermal_zone0/missing'))
    tree.remove('sys/class/thermal/thermal_zone0/temp')
    const gone = (await source.look(START + 2000)).result as Verdict
    assert.deepEqual([gone.reason, gone.detail], ['DROPOUT', 'temperature cannot be read any more'])
    assert.deepEqual(gone.contract, ['source temperature,memory °C,% 1 Hz'])
    tree.write({ 'sys/class/thermal/thermal_zone0/temp': '50000\n' })
    assert.equal(valueOf((await source.look(START + 3000)).result as Frame, 'temperature'), 50)
  })

  it('goes on without a channel that stays away for a minute, and with it when it is back', async () => {
    const source = linuxMetrics(['temperature', 'memory', 'load'], 1, tree.files)
    const whole = await second(source, () => undefined)
    tree.remove('sys/class/thermal/thermal_zone0/temp')
    const at = (seconds: number): ReturnType<MetricsSource['look']> => source.look(START + 1000 * seconds)
    assert.equal(((await at(2)).result as Verdict).reason, 'DROPOUT')
    assert.equal(((await at(61)).result as Verdict).reason, 'DROPOUT')
    const without = await at(62)
    assert.deepEqual(without.leftOut, ['temperature'])
    assert.deepEqual((without.result as Frame).channels, ['memory', 'load1', 'load5', 'load15'])
    assert.equal((await at(63)).leftOut, undefined)
    tree.write({ 'sys/class/thermal/thermal_zone0/temp': '50000\n' })
    const back = await at(64)
    assert.deepEqual(back.back, ['temperature'])
    assert.deepEqual((back.result as Frame).contract, whole.contract)
    assert.equal(valueOf(back.result as Frame, 'temperature'), 50)
    tree.remove('sys/class/thermal/thermal_zone0/temp')
    tree.remove('proc')
    await at(65)
    assert.equal(((await at(200)).result as Verdict).reason, 'DROPOUT', 'with nothing left it waits')
  })

  it('takes up a sensor whose driver starts late, in the place that it has', async () => {
    tree.remove('sys/class/thermal')
    tree.remove('sys/class/hwmon/hwmon0')
    const source = linuxMetrics(['temperature', 'memory'], 1, tree.files)
    assert.deepEqual((await second(source, () => undefined)).channels, ['memory'])
    tree.write({
      'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
      'sys/class/thermal/thermal_zone0/temp': '48312\n',
    })
    const { result, back } = await source.look(START + 2000)
    assert.deepEqual(back, ['temperature'])
    assert.deepEqual((result as Frame).contract, ['source temperature,memory °C,% 1 Hz'])
  })

  it('finds on other trees of a Pi: a clock in each core, the alarm of the voltage, disks without sys/block', async () => {
    tree.remove('sys/devices')
    tree.remove('sys/block')
    tree.write({
      'sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq': '600000\n',
      'sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq': '1000000\n',
      'sys/devices/system/cpu/cpuidle/current_driver': 'none\n',
      'sys/class/hwmon/hwmon1/in0_lcrit_alarm': '1\n',
    })
    assert.equal(valueOf(await measure('frequency'), 'frequency'), 800)
    const held = await measure('throttling')
    assert.deepEqual([held.channels, [...held.data]], [['undervoltage'], [1]])
    const disk = await measure('disk', () =>
      tree.write({
        'proc/diskstats': diskstats({ mmcblk0: [3000, 2000], mmcblk0p2: [2990, 2000], loop0: [9, 0] }),
      }),
    )
    assert.equal(valueOf(disk, 'disk_read'), 1024)
  })

  it('knows the processor by the zone of a core', async () => {
    tree.remove('sys/class/hwmon')
    tree.write({ 'sys/class/thermal/thermal_zone0/type': 'bigcore0-thermal\n' })
    assert.equal(valueOf(await measure('temperature'), 'temperature'), 48.312)
  })

  it('takes the frequency of a virtual machine from /proc/cpuinfo', async () => {
    tree.remove('sys/devices/system')
    tree.write({
      'proc/cpuinfo': 'processor\t: 0\ncpu MHz\t\t: 2000.5\n\nprocessor\t: 1\ncpu MHz\t\t: 3000.5\n',
    })
    assert.equal(valueOf(await measure('frequency'), 'frequency'), 2500.5)
  })

  it('knows where an Intel or AMD processor is hot', async () => {
    tree.remove('sys/class/thermal')
    tree.remove('sys/class/hwmon')
    tree.write({
      'sys/class/thermal/thermal_zone0/type': 'acpitz\n',
      'sys/class/thermal/thermal_zone0/temp': '27800\n',
      'sys/class/thermal/thermal_zone1/type': 'x86_pkg_temp\n',
      'sys/class/thermal/thermal_zone1/temp': '61000\n',
    })
    assert.equal(valueOf(await measure('temperature'), 'temperature'), 61)
    tree.remove('sys/class/thermal/thermal_zone1')
    tree.write({
      'sys/class/hwmon/hwmon2/name': 'k10temp\n',
      'sys/class/hwmon/hwmon2/temp1_input': '64500\n',
    })
    assert.equal(valueOf(await measure('temperature'), 'temperature'), 64.5)
  })

  it('finds something of every group on this very machine, or says that it lacks it', async function () {
    if (process.platform !== 'linux') this.skip()
    const source = await openMetrics(METRIC_GROUPS, 1)
    await source.look(Date.now())
    await new Promise((resolve) => setTimeout(resolve, 200))
    const { result, missing } = await source.look(Date.now())
    const frame = result as Frame
    assert.ok(frame.data.every(Number.isFinite))
    for (const channel of ['cpu', 'memory', 'load1']) assert.ok(frame.channels.includes(channel), channel)
    assert.ok(!missing.includes('cpu'))
  })
})
