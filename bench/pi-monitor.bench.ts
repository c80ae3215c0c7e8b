/**
 * The Raspberry Pi monitor on this very machine, a sample a second: what it costs of a core and of memory, and how long a sudden
 * load goes unnoticed, simulated and real. `npm run bench -- pi-monitor [MINUTES]`, 10 minutes by default.
 */
import { readFileSync } from 'node:fs'
import os from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { startNodeRed, type FlowNode, type Message, type NodeRedProcess } from '../test/node-red'
import { example, kindOf, press, verdictOf } from '../test/nodes/example'
import { secondsToAlarm, withProbes } from '../test/nodes/pi-monitor'
import type { Bench, Figure } from './figure'

const EXAMPLE = 'Raspberry Pi monitor/1 - Monitor with LEDs.json'
/** Fewer windows than the example takes, so that the threshold is there before the ten minutes are over. */
const SOON = { 'anomaly-model': { rows: '120', calibrationRows: '19' } }
const SOONER = { 'anomaly-threshold-calibrate': { goal: 'alpha', alpha: '5' } }
/** Busier than this, a machine has learned that work is normal. */
const IDLE = 0.2
/** Seconds in place of those to an alarm that never came: a number, since what is none counts as not measured. */
const NEVER = 1e9
const MB = 1024 * 1024

export const run: Bench = async ({ say, words }) => {
  if (os.platform() !== 'linux') {
    say('skipped: CPU time and memory of the process are read from /proc')
    return [{ name: 'Pi monitor', value: null }]
  }
  const minutes = Number(words[0] ?? 10)
  say(`watching this machine for ${minutes} minutes`)
  const flows = withProbes(example(EXAMPLE, { ...SOON, ...SOONER }))
  const nodeRed = await startNodeRed({ flows })
  const before = machineTicks()
  try {
    const figures = await cost(nodeRed, minutes)
    const after = machineTicks()
    const busy = 1 - (after.idle - before.idle) / (after.all - before.all)
    return [...figures, ...(await realLoad(nodeRed, flows, busy, say)), ...(await simulatedLoad())]
  } finally {
    await nodeRed.stop()
  }
}

/** CPU and memory of the process, from after its start on. */
async function cost(nodeRed: NodeRedProcess, minutes: number): Promise<readonly Figure[]> {
  const pid = nodeRed.child.pid!
  await sleep(10_000)
  const begin = { time: Date.now(), cpu: cpuSeconds(pid) }
  const memory: number[] = []
  const end = begin.time + minutes * 60_000 - 10_000
  while (Date.now() < end) {
    await sleep(1000)
    memory.push(residentBytes(pid) / MB)
  }
  const share = (cpuSeconds(pid) - begin.cpu) / ((Date.now() - begin.time) / 1000)
  const third = Math.floor(memory.length / 3)
  const [middle, last] = [mean(memory.slice(third, 2 * third)), mean(memory.slice(2 * third))]
  return [
    { name: 'this machine: CPU', value: 100 * share, unit: '% of a core', target: '<2' },
    { name: 'this machine: resident memory, last third', value: last, unit: 'MB' },
    {
      name: 'this machine: memory of the last third over the middle third',
      value: last / middle,
      target: '<=1.05',
    },
  ]
}

/** Seconds from the begin of a load on all cores to its alarm, where the machine was idle enough to learn that this is strange. */
async function realLoad(
  nodeRed: NodeRedProcess,
  flows: readonly FlowNode[],
  busy: number,
  say: (text: string) => void,
): Promise<readonly Figure[]> {
  const name = 'this machine: from the begin of 20 s of work to the alarm'
  const isOwn = (message: Message): boolean => message['topic'] === 'this computer'
  const verdicts = nodeRed.messages('verdicts').filter(isOwn)
  const isCalibrated = verdicts.some(
    (message) => message['anomaly'] !== undefined && verdictOf(message).threshold !== null,
  )
  if (!isCalibrated || busy > IDLE) {
    say(
      isCalibrated
        ? `no load tried on this machine: it was busy ${Math.round(100 * busy)} % of the time`
        : 'no load tried on this machine: the time was too short for a threshold',
    )
    return [{ name, value: null }]
  }
  nodeRed.clear()
  const begin = Date.now()
  await press(nodeRed, flows, '20 s of work')
  const told = await nodeRed
    .next('what happened', (message) => isOwn(message) && kindOf(message) === 'begin', 30_000)
    .catch(() => undefined)
  return [{ name, value: told === undefined ? NEVER : (Date.now() - begin) / 1000, unit: 's', target: '<=5' }]
}

async function simulatedLoad(): Promise<readonly Figure[]> {
  const flows = withProbes(example(EXAMPLE, { 'anomaly-simulate': { pace: '200' } }))
  const nodeRed = await startNodeRed({ flows })
  try {
    const seconds = await secondsToAlarm(nodeRed, flows)
    return [{ name: 'simulated Pi: from the begin of the burn to the alarm', value: seconds, unit: 's', target: '<=5' }] // prettier-ignore
  } finally {
    await nodeRed.stop()
  }
}

/** Ticks of all cores since the machine was started, and those in which they had nothing to do. */
function machineTicks(): { idle: number; all: number } {
  const ticks = os.cpus().map(({ times }) => times)
  const sum = (pick: (each: (typeof ticks)[number]) => number): number =>
    ticks.reduce((total, each) => total + pick(each), 0)
  return { idle: sum(({ idle }) => idle), all: sum((each) => Object.values(each).reduce((a, b) => a + b, 0)) }
}

/** CPU seconds of a process, user and system, with those of the children that have ended. */
function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100
}

function residentBytes(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
