/**
 * Detection quality on public vibration data: recordings are published to a real mosquitto and pass the running flow of nodes, from
 * the source to the alert. What the data set states is set: window = hop = record, N, M and alpha. What the way of the recordings
 * into the flow takes is set as well: MQTT at QoS 1, JSON, each window a recording of its own (`continuity: separate`), times from
 * the message, since recordings are published faster than they were made. Everything else is as dragged from the palette.
 */
import assert from 'node:assert/strict'
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
import { figuresOf, type Bench, type Figure, type Planned } from './figure'

interface Scored {
  readonly score: number
  readonly alarm: boolean
}

/** Verdicts by set, and how many alarms of `alert` were on meanwhile: told then, or before and not over yet. */
interface Replayed {
  readonly scored: ReadonlyMap<string, readonly Scored[]>
  readonly alarms: ReadonlyMap<string, number>
}

/** The tasks of the data set, which a run without it names as well. */
const GROUPS = ['low_1', 'med_0', 'med_1', 'high_0', 'high_1']
const TASKS: readonly Task[] = [taskOf('still', 0.02, 146, 293), taskOf('moving', 0.05, 75, 149)]

interface Task extends WindowTask {
  readonly calibrationRows: number
  /** Windows that the detector is not fitted on: to calibrate, and to test. */
  readonly normalRows: number
}

function taskOf(name: string, alpha: number, calibrationRows: number, normalRows: number): Task {
  const [train, calib, test_normal] = ['train', 'calib', 'test'].map((part) => [`${name}_${part}`])
  const test_anomaly = Object.fromEntries(GROUPS.map((group) => [group, [group]]))
  return {
    name,
    alpha,
    train: train!,
    calib: calib!,
    test_normal: test_normal!,
    test_anomaly,
    calibrationRows,
    normalRows,
  }
}

export const run: Bench = async ({ say }) => {
  const data = hasShared ? WindowCase.open('ceiling_fan') : undefined
  if (data === undefined) say('skipped: the data sets are not here')
  else assertTasks(data)
  const canReplay = data !== undefined && hasTool('mosquitto')
  if (data !== undefined && !canReplay) say('skipped the replay: mosquitto is not installed')
  const figures: Figure[] = []
  for (const task of TASKS) {
    if (canReplay) say(`${task.name}: replaying through Node-RED`)
    figures.push(...figuresOf(plan(task), canReplay ? await replay(data, task) : undefined))
    figures.push(...(await calibrationStudy(task, data)))
    figures.push(...(await autoencoderSeeds(task, data)))
  }
  return figures
}

/** The data set must be what the figures are named after. */
function assertTasks(data: WindowCase): void {
  const rowsIn = (sets: readonly string[]): number =>
    sets.reduce((sum, set) => sum + data.manifest.sets[set]!.shape[0], 0)
  const found = data.manifest.tasks.map(({ name, alpha, train, calib, test_normal, test_anomaly }) => ({
    ...{ name, alpha, train, calib, test_normal, test_anomaly },
    calibrationRows: rowsIn(calib),
    normalRows: rowsIn([...calib, ...test_normal]),
  }))
  assert.deepEqual(found, TASKS)
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
      ...{ alpha: String(task.alpha * 100), wires: [['out', 'alert'], []] },
    },
    { id: 'alert', type: 'anomaly-alert', z: 'tab', x: 800, y: 100, wires: [['events'], []] },
    { id: 'events', type: 'test-out', z: 'tab', x: 900, y: 100, wires: [] },
    { id: 'out', type: 'test-out', z: 'tab', x: 700, y: 100, wires: [] },
  ]
}

/** Publishes every set of a task, one after the other, and gives back the verdicts by set. */
async function replay(data: WindowCase, task: WindowTask): Promise<Replayed> {
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
    const scored = new Map<string, readonly Scored[]>()
    const alarms = new Map<string, number>()
    let isOn = false
    // The recordings come faster than they were made: the device's clock says when that was.
    const clock = { now: 1_700_000_000_000 }
    for (const set of sets) {
      scored.set(set, await replaySet(data, set, clock, publisher, nodeRed))
      const events = nodeRed
        .messages('events')
        .map(({ payload }) => payload as { kind: string; reason: string })
        .filter(({ kind, reason }) => kind === 'end' || (kind === 'begin' && reason === 'ANOMALY'))
      const begun = events.filter(({ kind }) => kind === 'begin').length
      alarms.set(set, begun + (isOn ? 1 : 0))
      const last = events.at(-1)
      if (last !== undefined) isOn = last.kind === 'begin'
    }
    return { scored, alarms }
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
  return messages.map((message, i) => {
    const { score, isAnomaly, reason, detail } = message['anomaly'] as Verdict
    if (score === null) throw new Error(`window ${i} of ${set} has no score: ${reason} ${detail ?? ''}`)
    return { score, alarm: isAnomaly }
  })
}

/** What is read off the verdicts of a task. */
function plan(task: WindowTask): readonly Planned<Replayed>[] {
  const isStill = task.name === 'still'
  const anomalous = Object.values(task.test_anomaly).flat()
  const of = ({ scored }: Replayed, sets: readonly string[]): readonly Scored[] =>
    sets.flatMap((set) => scored.get(set)!)
  const scores = (all: Replayed, sets: readonly string[]): number[] => of(all, sets).map(({ score }) => score)
  const flagged = (all: Replayed, sets: readonly string[]): number =>
    of(all, sets).filter(({ alarm }) => alarm).length
  const recall = (all: Replayed, sets: readonly string[]): number => flagged(all, sets) / of(all, sets).length
  const auc = (all: Replayed, sets: readonly string[]): number =>
    rank(scores(all, task.test_normal), scores(all, sets)).rocAuc
  const table = (all: Replayed): ReturnType<typeof confusion> => {
    const [tp, fp] = [flagged(all, anomalous), flagged(all, task.test_normal)]
    return confusion({
      tp,
      fp,
      fn: of(all, anomalous).length - tp,
      tn: of(all, task.test_normal).length - fp,
    })
  }
  const alarmed = (all: Replayed, sets: readonly string[]): number =>
    sets.filter((set) => all.alarms.get(set)! > 0).length
  return [
    ...Object.entries(task.test_anomaly).flatMap(([group, sets]): Planned<Replayed>[] => [
      {
        name: `${task.name} ROC-AUC ${group}`,
        of: (all) => auc(all, sets),
        target: isStill ? '>=0.999' : undefined,
      },
      {
        name: `${task.name} recall ${group}`,
        of: (all) => recall(all, sets),
        target: isStill ? '>=0.99' : undefined,
      },
    ]),
    { name: `${task.name} ROC-AUC pooled`, of: (all) => auc(all, anomalous), target: '>=0.95' },
    {
      name: `${task.name} recall`,
      of: (all) => recall(all, anomalous),
      target: isStill ? '>=0.99' : undefined,
    },
    { name: `${task.name} F1`, of: (all) => table(all).f1 ?? NaN },
    { name: `${task.name} FAR (asked ${task.alpha})`, of: (all) => table(all).far ?? NaN },
    {
      name: `${task.name} far_p`,
      of: (all) =>
        promiseKept(
          flagged(all, task.test_normal),
          of(all, task.test_normal).length,
          task.alpha,
          of(all, task.calib).length,
        ),
      target: '>=0.01',
    },
    { name: `${task.name} normal sets with an alarm on`, of: (all) => alarmed(all, task.test_normal) },
    {
      name: `${task.name} anomalous sets without an alarm on`,
      of: (all) => anomalous.length - alarmed(all, anomalous),
      target: '<=0',
    },
  ]
}
