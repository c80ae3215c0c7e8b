import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FlowNode, Message } from '../node-red'
import { calm, example, frameOf, kindOf, nodeRedOfEachTest, press, tap, verdictOf } from './example'
import { secondsToAlarm, withProbes } from './pi-monitor'

/** Simulated seconds in a real one. */
const PACE = 200

/** The load of an example for 3 s instead of 20. */
const shortened = (node: FlowNode): string => String(node['command']).replace('20000', '3000')

describe('examples of the Raspberry Pi monitor', function () {
  this.timeout(90_000)
  const start = nodeRedOfEachTest()
  const simulated = { 'anomaly-simulate': { pace: String(PACE) } }

  for (const name of [
    'Raspberry Pi monitor/1 - Monitor with LEDs.json',
    'Raspberry Pi monitor/2 - With an autoencoder.json',
    'Raspberry Pi monitor with dashboard/1 - Score on a chart.json',
  ])
    it(`${name}: a CPU burn is told within 5 s of its begin, and switches the red LED on`, async () => {
      const bin = mkdtempSync(path.join(os.tmpdir(), 'anomaly-pinctrl-'))
      const log = path.join(bin, 'calls')
      writeFileSync(path.join(bin, 'pinctrl'), `#!/bin/sh\necho "$@" >> ${log}\n`, { mode: 0o755 })
      const flows = example(name, simulated)
      const env = { PATH: `${bin}:${process.env['PATH']}` }
      const nodeRed = await start({ flows: withProbes(flows), env })
      const calls = (): string[] => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [])
      while (calls().length < 2) await sleep(20)
      assert.deepEqual(calls(), ['set 17 op dl', 'set 27 op dh'])
      const seconds = await secondsToAlarm(nodeRed, flows)
      assert.ok(seconds > 0 && seconds <= 5, `${seconds} s`)
      while (calls().length < 4) await sleep(20)
      assert.deepEqual(calls().slice(2), ['set 17 op dh', 'set 27 op dl'])
      rmSync(bin, { recursive: true })
      if (!name.includes('dashboard')) return
      const shown = (topic: string) => (message: Message) =>
        message['topic'] === topic && typeof message['payload'] === 'number'
      for (const topic of ['score', 'threshold']) await nodeRed.next('Score', shown(topic))
      for (const topic of ['cpu', 'memory']) await nodeRed.next('% and °C', shown(topic))
    })

  it('what limits and the model both find is one alarm with one end', async () => {
    const busy = { channel: 'cpu', low: '', high: '90', change: '', within: '', hold: '', level: 'alarm' }
    const flows = example('Raspberry Pi monitor/1 - Monitor with LEDs.json', {
      ...simulated,
      'anomaly-limits': { limits: [busy] },
      'anomaly-alert': { keep: '1' },
    })
    const nodeRed = await start({ flows: tap(withProbes(flows), 'anomaly-limits', 'rules') })
    const ofPi = (message: Message): boolean => message['topic'] === 'simulated Pi'
    const flagged = (probe: string): readonly Message[] =>
      nodeRed.messages(probe).filter((message) => ofPi(message) && verdictOf(message).isAnomaly)
    const told = (): readonly unknown[] => nodeRed.messages('what happened').filter(ofPi).map(kindOf)
    await press(nodeRed, flows, 'Simulate a Pi')
    const calibrated = (message: Message): boolean => ofPi(message) && verdictOf(message).threshold !== null
    await nodeRed.next(
      'verdicts',
      (message) => message['anomaly'] !== undefined && calibrated(message),
      40_000,
    )
    await calm(nodeRed, 'what happened')
    await press(nodeRed, flows, 'All cores busy')
    while (flagged('rules').length < 5 || flagged('verdicts').length < 5) await sleep(20)
    await press(nodeRed, flows, 'At rest')
    await nodeRed.next('what happened', (message) => ofPi(message) && kindOf(message) === 'end')
    assert.deepEqual(told(), ['begin', 'end'])
  })

  it('20 s of work: all cores of this computer are busy, until the load ends by itself', async () => {
    const flows = example('Raspberry Pi monitor/1 - Monitor with LEDs.json')
    const short = flows.map((node) =>
      node['name'] === 'all cores busy for 20 s'
        ? { ...node, command: shortened(node) }
        : node.type === 'anomaly-system-metrics'
          ? { ...node, wires: [[...(node['wires'] as string[][])[0]!, 'samples']] }
          : node,
    )
    const load = spawnSync(shortened(flows.find((node) => node['name'] === 'all cores busy for 20 s')!), {
      shell: true,
      timeout: 20_000,
    })
    assert.equal(load.status, 0)
    const nodeRed = await start({ flows: withProbes(short) })
    await nodeRed.firstMessages('samples', 1)
    await press(nodeRed, flows, '20 s of work')
    const cpuOf = (message: Message): number => {
      const { channels, data } = frameOf(message)
      return data[channels.indexOf('cpu')]!
    }
    await nodeRed.next('samples', (message) => cpuOf(message) > 95)
  })
})
