import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Verdict } from '../../src/core/verdict'
import type { Message } from '../node-red'
import { example, frameOf, kindOf, nodeRedOfEachTest, press, type SeenFrame, verdictOf } from './example'

/** Of the made-up scores: one with which 19 of them give about the rate that is asked. */
const SEED = 20

describe('examples, one per node', function () {
  this.timeout(120_000)
  const start = nodeRedOfEachTest()

  it('imu-source: two samples become a frame, the broken one is refused by name', async () => {
    const flows = example('One per node/imu-source.json')
    const nodeRed = await start({ flows })
    const frame = frameOf(await nodeRed.next('frame'))
    assert.deepEqual(frame.channels, ['ax', 'ay', 'az'])
    assert.deepEqual([...frame.data], [Math.fround(0.1), 0, 1, Math.fround(0.2), 0, 1])
    assert.equal(frame.rate, 200)
    await press(nodeRed, flows, 'a broken sample')
    const error = (await nodeRed.next('what is wrong'))['error'] as { message: string }
    assert.match(error.message, /ax/)
  })

  it('window: frames of 200 rows of 3 channels, each half a second after the one before', async () => {
    const nodeRed = await start({ flows: example('One per node/window.json') })
    const frames = (await nodeRed.firstMessages('window', 5)).map(frameOf)
    const [first] = frames
    for (const [i, frame] of frames.entries()) {
      assert.deepEqual([frame.channels.length, frame.data.length], [3, 600])
      assert.ok(Math.abs(frame.start - first!.start - 500 * i) < 1, `${frame.start - first!.start} ms`)
    }
  })

  it('features: one row of 42 features', async () => {
    const nodeRed = await start({ flows: example('One per node/features.json') })
    const frame = frameOf(await nodeRed.next('features'))
    assert.equal(frame.channels.length, 42)
    assert.equal(frame.data.length, 42)
    assert.ok(['ax.log_rms', 'az.band3', 'corr.ax.ay'].every((name) => frame.channels.includes(name)))
  })

  it('scaler: 30 windows with mean 0 and deviation 1; learns anew, and forgets, when told to', async () => {
    const flows = example('One per node/scaler.json', { 'anomaly-simulate': { pace: '20' } })
    const nodeRed = await start({ flows })
    const learnedFrom = (frames: readonly SeenFrame[]): void => {
      for (let column = 0; column < 42; column++) {
        const values = frames.map((frame) => frame.data[column]!)
        const mean = values.reduce((sum, value) => sum + value, 0) / 30
        const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 30
        assert.ok(
          Math.abs(mean) < 1e-5 && Math.abs(variance - 1) < 1e-4,
          `column ${column}: ${mean}, ${variance}`,
        )
      }
    }
    // Orders pass the node as well.
    const scaling = ({ payload }: Message): string | undefined =>
      (payload as Partial<SeenFrame> | undefined)?.contract?.at(-1)
    learnedFrom((await nodeRed.firstMessages('scaled', 30)).map(frameOf))
    const first = scaling(nodeRed.messages('scaled')[0]!)
    assert.match(String(first), /^scaler standard#[0-9a-f]+$/)
    /** Once frames come that are scaled anew: those before and those since. */
    const anew = async (known: readonly unknown[]): Promise<readonly (readonly SeenFrame[])[]> => {
      const isNew = (message: Message): boolean => ![undefined, ...known].includes(scaling(message))
      await nodeRed.next('scaled', () => nodeRed.messages('scaled').filter(isNew).length >= 30)
      const frames = nodeRed.messages('scaled').filter((message) => scaling(message) !== undefined)
      const from = frames.findIndex((message) => !known.includes(scaling(message)))
      return [frames.slice(0, from).map(frameOf), frames.slice(from).map(frameOf)]
    }

    await press(nodeRed, flows, 'Learn anew')
    const [, relearned] = await anew([first])

    await press(nodeRed, flows, 'Forget')
    const [before, since] = await anew([first, relearned![0]!.contract!.at(-1)])
    learnedFrom(since!.slice(0, 30))
    const gap = since![0]!.start - before!.at(-1)!.start
    assert.ok(Math.abs(gap - 500) < 1, `nothing is lost while it learns: ${gap} ms`)
  })

  it('mahalanobis: the score rises when a coin is taped on', async () => {
    const flows = example('One per node/mahalanobis.json', { 'anomaly-simulate': { pace: '40' } })
    const nodeRed = await start({ flows })
    const normal = (await nodeRed.firstMessages('score', 90))
      .slice(60)
      .map((message) => Number(message['payload']))
    await press(nodeRed, flows, 'Tape a coin')
    await nodeRed.next('score', (message) => Number(message['payload']) > 3 * Math.max(...normal))
    await press(nodeRed, flows, 'Take it off')
    nodeRed.clear()
    await nodeRed.next('score', (message) => Number(message['payload']) <= Math.max(...normal))
  })

  it('robust-z: a hot row scores above 10', async () => {
    const flows = example('One per node/robust-z.json')
    const nodeRed = await start({ flows })
    await nodeRed.next('score', (message) => message['anomaly'] !== undefined && !verdictOf(message).inSample)
    await press(nodeRed, flows, 'A hot one')
    const hot = await nodeRed.next('score', (message) => Number(message['payload']) > 10)
    assert.ok(verdictOf(hot).contributions!['temp']! > 0.9)
  })

  it('threshold-calibrate: a threshold once 19 scores are in, then one in twenty is anomalous, alone on the second output', async () => {
    const shipped = example('One per node/threshold-calibrate.json', {
      '20 scores per second': { repeat: '0.01' },
    })
    // The same scores each time: with 19 of them, the true rate may be far from the one that is asked.
    const flows = shipped.map((node) => {
      if (node['name'] !== 'a random score') return node
      const func = String(node['func']).replace('Math.random()', 'random()')
      const random = `const random = () => { const seed = ((context.get('seed') ?? ${SEED}) * 48271) % 2147483647; context.set('seed', seed); return seed / 2147483647 }`
      return { ...node, func: `${random}\n${func}` }
    })
    const nodeRed = await start({ flows })
    const verdicts = (await nodeRed.firstMessages('all', 500, 60_000)).map(verdictOf)
    // Scores that come closer together than usual are judged but not taken, so a few more may be needed.
    const learning = verdicts.filter((verdict) => verdict.reason === 'LEARNING').length
    assert.ok(learning >= 19 && learning < 60, `${learning} while calibrating`)
    const judged = verdicts.slice(learning)
    assert.ok(judged.every((verdict) => verdict.threshold !== null && verdict.pValue !== null))
    assert.ok(judged.every((verdict) => verdict.isAnomaly === verdict.score! > verdict.threshold!))
    const above = judged.filter((verdict) => verdict.isAnomaly).map((verdict) => verdict.score)
    const share = above.length / judged.length
    assert.ok(share > 0.02 && share < 0.1, `${share} are called anomalous`)
    const alone = nodeRed.messages('anomalies only').map((message) => message['payload'])
    assert.deepEqual(alone.slice(0, above.length), above)
  })

  it('alert: two strange windows begin an alarm, which is acknowledged, snoozed, and ends', async () => {
    const flows = example('One per node/alert.json', { 'anomaly-alert': { keep: '0.2' } })
    const nodeRed = await start({ flows })
    const alarm = async (): Promise<void> => {
      nodeRed.clear()
      await press(nodeRed, flows, 'a strange window')
      await press(nodeRed, flows, 'a strange window')
      const event = await nodeRed.next('event', (message) => kindOf(message) === 'begin')
      assert.equal(event['topic'], 'press')
      await nodeRed.next('alarm on or off', (message) => message['payload'] === true)
    }
    await alarm()
    await press(nodeRed, flows, 'Acknowledge')
    await nodeRed.next('event', (message) => kindOf(message) === 'acknowledged')
    await press(nodeRed, flows, 'a normal window')
    await nodeRed.next('event', (message) => kindOf(message) === 'end')
    await nodeRed.next('alarm on or off', (message) => message['payload'] === false)
    await alarm()
    await press(nodeRed, flows, 'Snooze 10 s')
    const snoozed = await nodeRed.next('event', (message) => kindOf(message) === 'snoozed')
    assert.equal((snoozed['payload'] as { duration: number }).duration, 10_000)
    await nodeRed.next('alarm on or off', (message) => message['payload'] === false)
  })

  it('model: what was learned is on disk under its name, and is used again after a restart', async () => {
    const userDir = mkdtempSync(path.join(os.tmpdir(), 'anomaly-model-'))
    try {
      const flows = example('One per node/model.json', { 'anomaly-simulate': { pace: '40' } })
      const nodeRed = await start({ flows, userDir })
      const versions = async (): Promise<readonly { readonly n: number }[]> => {
        const { streams } = (await nodeRed.getJson('/edge-anomaly/models/example')) as {
          streams: { topic: string; versions: { n: number }[] }[]
        }
        assert.ok(streams.every(({ topic }) => topic === 'fan'))
        return streams[0]?.versions ?? []
      }
      // It is saved a moment after it works.
      while ((await versions()).length < 1) await sleep(20)
      await press(nodeRed, flows, 'Learn anew')
      while ((await versions()).length < 2) await sleep(20)
      assert.deepEqual(
        (await versions()).map(({ n }) => n),
        [19, 19],
      )
      assert.ok(existsSync(path.join(userDir, 'edge-anomaly', 'models', 'example')))
      const judged = await nodeRed.next('verdict', (message) => {
        const { model, threshold } = verdictOf(message)
        return model?.version === 2 && threshold !== null
      })
      const last = verdictOf(judged)
      await nodeRed.stop()

      const again = await start({ userDir })
      const first = verdictOf(await again.next('verdict'))
      assert.equal(first.reason === 'LEARNING', false)
      assert.deepEqual(
        [first.contract, first.threshold, first.model],
        [last.contract, last.threshold, { name: 'example', version: 2 }],
      )
      await again.stop()
    } finally {
      rmSync(userDir, { recursive: true, force: true })
    }
  })

  it('limits: a warning, a fall that is too fast', async () => {
    const flows = example('One per node/limits.json')
    const nodeRed = await start({ flows })
    await press(nodeRed, flows, '65 °C')
    const warning = verdictOf(await nodeRed.next('verdict'))
    assert.deepEqual([warning.reason, warning.detail], ['WARNING', 'temp is 65, above 60'])
    await press(nodeRed, flows, '45 °C')
    const fall = verdictOf(await nodeRed.next('verdict', ({ anomaly }) => (anomaly as Verdict).isAnomaly))
    assert.equal(fall.detail, 'temp changed by 20 within 30 s, more than 15')
  })

  it('limits: normal, then an alarm that says which limit was passed', async () => {
    const flows = example('One per node/limits.json')
    const nodeRed = await start({ flows })
    await press(nodeRed, flows, '45 °C')
    await nodeRed.next('verdict', (message) => verdictOf(message).reason === 'NORMAL')
    await press(nodeRed, flows, '85 °C')
    const alarm = verdictOf(await nodeRed.next('verdict', ({ anomaly }) => (anomaly as Verdict).isAnomaly))
    assert.equal(
      alarm.detail,
      'temp is 85, above 70; temp changed by 40 within 30 s, more than 15; temp is 85, above 60',
    )
    const event = (await nodeRed.next('what happened'))['payload'] as Record<string, unknown>
    assert.equal(event['text'], `press: anomaly. ${alarm.detail}`)
  })

  it('system-metrics: a row of this computer each second, and a verdict of it', async () => {
    const nodeRed = await start({ flows: example('One per node/system-metrics.json') })
    const frame = frameOf(await nodeRed.next('this computer'))
    for (const channel of ['cpu', 'memory']) assert.ok(frame.channels.includes(channel), channel)
    assert.equal(frame.rate, 1)
    assert.ok(['NORMAL', 'WARNING'].includes(verdictOf(await nodeRed.next('verdict')).reason))
  })

  it('record: a file below the user directory between Start and Stop', async () => {
    const flows = example('One per node/record.json')
    const nodeRed = await start({ flows })
    await press(nodeRed, flows, 'Start')
    await nodeRed.firstMessages('samples', 5)
    await sleep(500)
    await press(nodeRed, flows, 'Stop')
    const file = String((await nodeRed.next('files'))['payload'])
    assert.equal(path.dirname(file), path.join(nodeRed.userDir, 'recordings'))
    assert.match(
      readFileSync(file, 'utf8'),
      /^time,temp,pressure,vibration,topic,label\n\d+,[^\n]*,sensors,normal\n/,
    )
  })

  it('replay: what was recorded comes again, then the end', async () => {
    const flows = example('One per node/replay.json', { 'anomaly-replay': { speed: '10' } })
    const nodeRed = await start({ flows })
    await press(nodeRed, flows, 'Record and play back')
    const again = frameOf(await nodeRed.next('samples again', () => true, 15_000))
    assert.deepEqual([again.channels, again.rate, again.data.length], [['ax', 'ay', 'az'], 200, 60])
    await press(nodeRed, flows, 'Pause')
    await sleep(200)
    const held = nodeRed.messages('samples again').length
    await sleep(500)
    assert.equal(nodeRed.messages('samples again').length, held)
    assert.deepEqual(nodeRed.messages('end'), [])
    await press(nodeRed, flows, 'Go on')
    const end = (await nodeRed.next('end'))['payload'] as { rows: number; files: number }
    assert.equal(end.files, 1)
    assert.ok(end.rows > 50)
  })

  it('evaluate: reports of limits and scores against the labels of the samples, curves, and anew', async () => {
    const flows = example('One per node/evaluate.json')
    const nodeRed = await start({ flows })
    interface Report {
      readonly detector: string
      readonly normal: number
      readonly anomalous: number
      readonly recall: number | null
      readonly rocAuc: number | null
    }
    const report = async (detector: string): Promise<Report> =>
      (await nodeRed.next('report', ({ topic }) => topic === detector))['payload'] as Report
    await sleep(4000)
    await press(nodeRed, flows, 'Report')
    const limits = await report('limits')
    assert.ok(limits.normal > 50 && limits.anomalous > 0, JSON.stringify(limits))
    assert.ok(limits.recall! > 0.1, JSON.stringify(limits))
    const scores = await report('robust-z')
    assert.ok(scores.rocAuc! > 0.6, JSON.stringify(scores))
    for (const topic of ['roc', 'precisionRecall', 'scores']) {
      const curve = await nodeRed.next(
        'curves',
        (message) => message['topic'] === topic && message['detector'] === 'robust-z',
      )
      assert.ok((curve['payload'] as unknown[]).length > 1, topic)
    }
    nodeRed.clear()
    await press(nodeRed, flows, 'Begin anew')
    await sleep(300)
    await press(nodeRed, flows, 'Report')
    const since = await report('limits')
    assert.ok(since.normal < limits.normal / 2, `${since.normal} since, ${limits.normal} before`)
  })

  it('simulate: samples in g, labelled', async () => {
    const flows = example('One per node/simulate.json', { 'anomaly-simulate': { pace: '5' } })
    const nodeRed = await start({ flows })
    const first = await nodeRed.next('samples')
    assert.equal(frameOf(first).data.length, 60)
    assert.equal(first['label'], 'normal')
    const shows = async (button: string, probe: string, label: string): Promise<Message> => {
      nodeRed.clear()
      await press(nodeRed, flows, button)
      return nodeRed.next(probe, (message) => message['label'] === label)
    }
    await shows('coin on', 'samples', 'coin')
    await shows('coin off', 'samples', 'normal')
    await shows('sensor stuck', 'samples', 'stuck')
    await shows('sensor works', 'samples', 'normal')
    // The hum of the motor grows with its speed.
    const deviation = (message: Message): number => {
      const ax = frameOf(message).data.filter((_, i) => i % 3 === 0)
      const mean = ax.reduce((sum, value) => sum + value, 0) / ax.length
      return Math.sqrt(ax.reduce((sum, value) => sum + (value - mean) ** 2, 0) / ax.length)
    }
    for (const [speed, least, most] of [
      ['off', 0, 0.003],
      ['high', 0.025, 1],
      ['low', 0.005, 0.012],
    ] as const) {
      await press(nodeRed, flows, speed)
      await nodeRed.next('samples', (message) => deviation(message) > least && deviation(message) < most)
      nodeRed.clear()
    }
    await shows('temperature spike', 'three sensors', 'spike')
    await shows('pressure drifts', 'three sensors', 'drift')
    await press(nodeRed, flows, 'vibration drops out')
    await sleep(300)
    nodeRed.clear()
    await sleep(1000)
    // The other sensors go on, but a row that lacks one is none.
    for (const message of nodeRed.messages('three sensors'))
      assert.deepEqual([verdictOf(message).reason, message['label']], ['DROPOUT', 'dropout'])
    assert.ok(nodeRed.messages('three sensors').length > 0)
    await shows('all well', 'three sensors', 'normal')
    const busy = frameOf(await shows('all cores busy', 'Raspberry Pi', 'burn'))
    assert.ok(busy.data[busy.channels.indexOf('cpu')]! > 97)
    await shows('at rest', 'Raspberry Pi', 'normal')
  })

  it('onnx-autoencoder: the score rises when a coin is taped on', async () => {
    const flows = example('One per node/onnx-autoencoder.json', { 'anomaly-simulate': { pace: '20' } })
    const nodeRed = await start({ flows })
    await nodeRed.next('score', (message) => verdictOf(message).inSample, 60_000)
    const normal = await nodeRed.next(
      'score',
      (message) => !verdictOf(message).inSample && typeof message['payload'] === 'number',
    )
    await press(nodeRed, flows, 'Tape a coin')
    await nodeRed.next('score', (message) => Number(message['payload']) > 4 * Number(normal['payload']))
    await press(nodeRed, flows, 'Take it off')
    nodeRed.clear()
    await nodeRed.next('score', (message) => Number(message['payload']) < 2 * Number(normal['payload']))
  })
})
