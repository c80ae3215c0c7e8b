import assert from 'node:assert/strict'
import type { MetricGroup } from '../../../src/core/metric-groups'
import {
  portableProbes,
  type System,
  type SystemInformation,
} from '../../../src/sources/metrics/portable-probes'
import type { Probe } from '../../../src/sources/metrics/probe'

type Cores = readonly (readonly [busy: number, idle: number])[]

function systemOf(platform: NodeJS.Platform, cores: () => Cores, speed = 2400): System {
  return {
    platform,
    cpus: () =>
      cores().map(([user, idle]) => ({ model: '', speed, times: { user, nice: 0, sys: 0, idle, irq: 0 } })),
    totalmem: () => 8e9,
    freemem: () => 2e9,
    loadavg: () => (platform === 'win32' ? [0, 0, 0] : [1, 2, 3]),
  }
}

const INFO: SystemInformation = {
  cpuTemperature: () => Promise.resolve({ main: null }),
  mem: () => Promise.resolve({ total: 8e9, active: 4e9, swaptotal: 2e9, swapused: 1e9 }),
  fsStats: () => Promise.resolve(null),
  networkStats: () => Promise.resolve([{ iface: 'en0', rx_bytes: 0, tx_bytes: 0 }]),
}

async function valuesOf(probe: Probe, now = 0): Promise<Readonly<Record<string, number>>> {
  return Object.fromEntries((await probe.read(now)).map(({ name, value }) => [name, value]))
}

describe('metrics of macOS and Windows', () => {
  const still = (): Cores => [[0, 0]]
  const read = (group: MetricGroup, system: System, info = INFO): Promise<Readonly<Record<string, number>>> =>
    valuesOf(portableProbes(system, info)[group]())

  it('share of the processor, of all cores and of each, between two readings', async () => {
    let cores: Cores = [[100, 900], [0, 1000]] // prettier-ignore
    const probes = portableProbes(systemOf('darwin', () => cores), INFO) // prettier-ignore
    const [all, each] = [probes.cpu(), probes.cores()]
    assert.deepEqual([await valuesOf(all), await valuesOf(each)], [{}, {}])
    cores = [[160, 940], [10, 1090]] // prettier-ignore
    assert.deepEqual([await valuesOf(all), await valuesOf(each)], [{ cpu: 35 }, { cpu0: 60, cpu1: 10 }])
  })

  it('memory: on macOS what is active, on Windows what is not free', async () => {
    assert.deepEqual(await read('memory', systemOf('darwin', still)), { memory: 50 })
    assert.deepEqual(await read('memory', systemOf('win32', still)), { memory: 75 })
    assert.deepEqual(await read('swap', systemOf('win32', still)), { swap: 50 })
    assert.deepEqual(await read('memory_used', systemOf('darwin', still)), { memory_used: 4e9 / 1024 ** 2 })
    assert.deepEqual(await read('memory_used', systemOf('win32', still)), { memory_used: 6e9 / 1024 ** 2 })
  })

  it('leaves out what there is not: load on Windows, a temperature without a driver, a disk without counts', async () => {
    assert.deepEqual(await read('load', systemOf('win32', still)), {})
    assert.deepEqual(await read('load', systemOf('darwin', still)), { load1: 1, load5: 2, load15: 3 })
    assert.deepEqual(await read('temperature', systemOf('darwin', still)), {})
    assert.deepEqual(await read('disk', systemOf('darwin', still)), {})
    assert.deepEqual(await read('frequency', systemOf('darwin', still, 0)), {})
    assert.deepEqual(await read('swap', systemOf('darwin', still), { ...INFO, mem: async () => ({ ...(await INFO.mem()), swaptotal: 0 }) }), {}) // prettier-ignore
    for (const group of ['throttling', 'temperatures'] as const)
      assert.deepEqual(await read(group, systemOf('darwin', still)), {})
  })

  it('sends nothing, never 0, where the program of a call failed and left the zeros it began with', async () => {
    const info: SystemInformation = {
      ...INFO,
      mem: () => Promise.resolve({ total: 8e9, active: 0, swaptotal: 0, swapused: 0 }),
      fsStats: () => Promise.resolve({ rx: 0, wx: 0 }),
      networkStats: () => Promise.resolve([{ iface: 'en0', rx_bytes: null, tx_bytes: null }]),
    }
    const probes = portableProbes(systemOf('darwin', still), info)
    for (const group of ['memory', 'memory_used', 'swap', 'disk', 'network'] as const) {
      const probe = probes[group]()
      assert.deepEqual([await valuesOf(probe, 0), await valuesOf(probe, 1000)], [{}, {}], group)
    }
  })

  it('traffic by counters that go on', async () => {
    let bytes = 1e6
    const networkStats: SystemInformation['networkStats'] = () =>
      Promise.resolve([{ iface: 'en0', rx_bytes: bytes, tx_bytes: bytes / 2 }])
    const probe = portableProbes(systemOf('darwin', still), { ...INFO, networkStats }).network()
    assert.deepEqual(await valuesOf(probe, 0), {})
    bytes += 4000
    assert.deepEqual(await valuesOf(probe, 2000), { network_in: 2, network_out: 1 })
  })

  it('are asked of a package that has these calls', async () => {
    const info = (await import('systeminformation')) as unknown as Readonly<Record<string, unknown>>
    for (const name of Object.keys(INFO)) assert.equal(typeof info[name], 'function', name)
  })
})
