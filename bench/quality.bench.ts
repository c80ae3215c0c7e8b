/**
 * Detection quality on public vibration data: recordings are published to a real mosquitto and pass the running flow of nodes.
 * Only what the data set states is set: window = hop = record, N, M and alpha; everything else is as dragged from the palette.
 */
import mqtt from 'mqtt'
import { confusion, promiseKept } from '../src/core/evaluation/confusion'
import { rank } from '../src/core/evaluation/ranking'
import type { Verdict } from '../src/core/verdict'
import { freePort, startNodeRed, type FlowNode, type NodeRedProcess } from '../test/node-red'
import { Mosquitto } from '../test/tools/mosquitto'
import { hasTool } from '../test/tools/outside-tool'
import { autoencoderSeeds } from './cases/autoencoder-seeds'
import { calibrationStudy } from './cases/calibration-study'
import { hasShared, WindowCase, type WindowTask } from './cases/window-case'
import type { Bench, Figure } from './figure'

interface Scored {
  readonly score: number
  readonly alarm: boolean
}

export const run: Bench = async ({ say }) => {
  if (!hasShared || !hasTool('mosquitto')) {
    say(`skipped: ${hasShared ? 'mosquitto is not installed' : 'the data sets are not here'}`)
    return [{ name: 'quality', value: null }]
  }
  const data = WindowCase.open('ceiling_fan')
  const figures: Figure[] = []
  for (const task of data.manifest.tasks) {
    say(`${task.name}: replaying through Node-RED`)
    const scores = await replay(data, task)
    figures.push(...judge(task, scores))
    figures.push(...(await calibrationStudy(data, task)))
    figures.push(...(await autoencoderSeeds(data, task)))
  }
  return figures
}

/** The chain with nothing set but what the data set states. */
function flowOf(data: WindowCase, task: WindowTask, port: number): FlowNode[] {
  const count = (sets: readonly string[]): number =>
    sets.reduce((sum, set) => sum + data.manifest.sets[set]!.shape[0], 0)
  const { window, sample_rate_hz: rate } = data.manifest
  return [
    { id: 'tab', type: 'tab', label: 'quality' },
    {
      id: 'broker',
      type: 'mqtt-broker',
      broker: '127.0.0.1',
      port: String(port),
      protocolVersion: '4',
      keepalive: '60',
      autoConnect: true,
    },
    {
      id: 'model',
      type: 'anomaly-model',
      bundle: task.name,
      rows: String(count(task.train)),
      calibrationRows: String(count(task.calib)),
    },
    {
      ...{
        id: 'source',
        type: 'anomaly-imu-source',
        z: 'tab',
        x: 100,
        y: 100,
        transport: 'mqtt',
        broker: 'broker',
        mqttTopic: 'fan',
      },
      ...{
        qos: '1',
        format: 'json',
        rate: String(rate),
        continuity: 'separate',
        clock: 'device',
        timeField: 'time',
      },
      ...{
        channels: data.manifest.channels.map((name) => ({ name, unit: data.manifest.units })),
        wires: [['window']],
      },
    },
    {
      id: 'window',
      type: 'anomaly-window',
      z: 'tab',
      x: 200,
      y: 100,
      unit: 'samples',
      length: String(window),
      hop: String(window),
      wires: [['features']],
    },
    { id: 'features', type: 'anomaly-features', z: 'tab', x: 300, y: 100, wires: [['scaler']] },
    { id: 'scaler', type: 'anomaly-scaler', z: 'tab', x: 400, y: 100, model: 'model', wires: [['detector']] },
    {
      id: 'detector',
      type: 'anomaly-mahalanobis',
      z: 'tab',
      x: 500,
      y: 100,
      model: 'model',
      wires: [['threshold']],
    },
    {
      ...{ id: 'threshold', type: 'anomaly-threshold-calibrate', z: 'tab', x: 600, y: 100, model: 'model' },
      ...{ alpha: String(task.alpha * 100), wires: [['out'], []] },
    },
    { id: 'out', type: 'test-out', z: 'tab', x: 700, y: 100, wires: [] },
  ]
}

/** Publishes every set of a task, one after the other, and gives back the verdicts by set. */
async function replay(data: WindowCase, task: WindowTask): Promise<ReadonlyMap<string, readonly Scored[]>> {
  const broker = await Mosquitto.start(await freePort())
  const nodeRed = await startNodeRed({ flows: flowOf(data, task, broker.port) })
  const publisher = await mqtt.connectAsync(broker.url)
  try {
    await nodeRed.waitForLog(/connected to mqtt/)
    const sets = [
      ...task.train,
      ...task.calib,
      ...task.test_normal,
      ...Object.values(task.test_anomaly).flat(),
    ]
    const results = new Map<string, readonly Scored[]>()
    // The recordings come faster than they were made: the device's clock says when that was.
    const clock = { now: 1_700_000_000_000 }
    for (const set of sets) results.set(set, await replaySet(data, set, clock, publisher, nodeRed))
    return results
  } finally {
    await publisher.endAsync(true)
    await nodeRed.stop()
    await broker.stop()
  }
}

async function replaySet(
  data: WindowCase,
  set: string,
  clock: { now: number },
  publisher: mqtt.MqttClient,
  nodeRed: NodeRedProcess,
): Promise<readonly Scored[]> {
  const { channels } = data.manifest
  const windows = data.windows(set)
  nodeRed.clear()
  for (const window of windows) {
    const rows = window.length / channels.length
    const columns = channels.map((channel, c) => [
      channel,
      Array.from({ length: rows }, (_, row) => window[row * channels.length + c]),
    ])
    await publisher.publishAsync('fan', JSON.stringify({ time: clock.now, ...Object.fromEntries(columns) }), {
      qos: 1,
    })
    clock.now += (rows * 1000) / data.manifest.sample_rate_hz
  }
  const messages = await nodeRed.firstMessages('out', windows.length, 60_000)
  return messages.map((message) => {
    const verdict = message['anomaly'] as Verdict
    return { score: verdict.score ?? NaN, alarm: verdict.isAnomaly }
  })
}

function judge(task: WindowTask, results: ReadonlyMap<string, readonly Scored[]>): Figure[] {
  const of = (sets: readonly string[]): readonly Scored[] =>
    sets.flatMap((set) => [...(results.get(set) ?? [])])
  const normal = of(task.test_normal)
  const anomalous = of(Object.values(task.test_anomaly).flat())
  const scores = (list: readonly Scored[]): number[] => list.map((entry) => entry.score)
  const flagged = (list: readonly Scored[]): number => list.filter((entry) => entry.alarm).length
  const table = confusion({
    tp: flagged(anomalous),
    fn: anomalous.length - flagged(anomalous),
    fp: flagged(normal),
    tn: normal.length - flagged(normal),
  })
  const isStill = task.name === 'still'
  const figures: Figure[] = []
  for (const [group, sets] of Object.entries(task.test_anomaly)) {
    const { rocAuc } = rank(scores(normal), scores(of(sets)))
    figures.push({
      name: `${task.name} ROC-AUC ${group}`,
      value: rocAuc,
      target: isStill ? '>=0.999' : undefined,
    })
  }
  figures.push(
    {
      name: `${task.name} ROC-AUC pooled`,
      value: rank(scores(normal), scores(anomalous)).rocAuc,
      target: '>=0.95',
    },
    { name: `${task.name} recall`, value: table.recall, target: isStill ? '>=0.99' : undefined },
    { name: `${task.name} F1`, value: table.f1 },
    { name: `${task.name} FAR (asked ${task.alpha})`, value: table.far },
    {
      name: `${task.name} far_p`,
      value: promiseKept(flagged(normal), normal.length, task.alpha, of(task.calib).length),
      target: '>=0.01',
    },
  )
  return figures
}
