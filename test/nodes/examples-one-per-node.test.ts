import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Verdict } from '../../src/core/verdict'
import { example, frameOf, kindOf, nodeRedOfEachTest, press, verdictOf } from './example'

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

  it('window: frames of 200 rows of 3 channels', async () => {
    const nodeRed = await start({ flows: example('One per node/window.json') })
    const frame = frameOf(await nodeRed.next('window'))
    assert.equal(frame.data.length, 600)
  })

  it('features: one row of 42 features', async () => {
    const nodeRed = await start({ flows: example('One per node/features.json') })
    const frame = frameOf(await nodeRed.next('features'))
    assert.equal(frame.channels.length, 42)
    assert.equal(frame.data.length, 42)
    assert.ok(['ax.log_rms', 'az.band3', 'corr.ax.ay'].every((name) => frame.channels.includes(name)))
  })

  it('scaler: 30 windows with mean 0 and deviation 1', async () => {
    const nodeRed = await start({
      flows: example('One per node/scaler.json', { 'anomaly-simulate': { pace: '20' } }),
    })
    const frames = (await nodeRed.firstMessages('scaled', 30)).map(frameOf)
    for (let column = 0; column < 42; column++) {
      const values = frames.map((frame) => frame.data[column]!)
      const mean = values.reduce((sum, value) => sum + value, 0) / 30
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 30
      assert.ok(
        Math.abs(mean) < 1e-5 && Math.abs(variance - 1) < 1e-4,
        `column ${column}: ${mean}, ${variance}`,
      )
    }
  })

  it('mahalanobis: the score rises when a coin is taped on', async () => {
    const flows = example('One per node/mahalanobis.json', { 'anomaly-simulate': { pace: '40' } })
    const nodeRed = await start({ flows })
    const normal = (await nodeRed.firstMessages('score', 90))
      .slice(60)
      .map((message) => Number(message['payload']))
    await press(nodeRed, flows, 'Tape a coin')
    await nodeRed.next('score', (message) => Number(message['payload']) > 3 * Math.max(...normal))
  })

  it('robust-z: a hot row scores above 10', async () => {
    const flows = example('One per node/robust-z.json')
    const nodeRed = await start({ flows })
    await nodeRed.next('score', (message) => message['anomaly'] !== undefined && !verdictOf(message).inSample)
    await press(nodeRed, flows, 'A hot one')
    const hot = await nodeRed.next('score', (message) => Number(message['payload']) > 10)
    assert.ok(verdictOf(hot).contributions!['temp']! > 0.9)
  })

  it('threshold-calibrate: a threshold once 19 scores are in, and only what lies above it on the second output', async () => {
    const nodeRed = await start({ flows: example('One per node/threshold-calibrate.json') })
    await nodeRed.next('all', (message) => verdictOf(message).threshold !== null, 60_000)
    const from = nodeRed.messages('all').length
    const verdicts = (await nodeRed.firstMessages('all', from + 60, 60_000)).map(verdictOf)
    // Scores that come closer together than usual are judged but not taken, so a few more may be needed.
    const learning = verdicts.filter((verdict) => verdict.reason === 'LEARNING').length
    assert.ok(learning >= 19, `${learning} while calibrating`)
    const judged = verdicts.slice(learning)
    assert.ok(
      judged.length >= 60 && judged.every((verdict) => verdict.threshold !== null && verdict.pValue !== null),
    )
    assert.ok(judged.every((verdict) => verdict.isAnomaly === verdict.score! > verdict.threshold!))
    const flagged = nodeRed.messages('anomalies only').map((message) => Number(message['payload']))
    assert.ok(flagged.every((score) => score > judged[0]!.threshold!))
  })

  it('alert: two strange windows begin an alarm', async () => {
    const flows = example('One per node/alert.json')
    const nodeRed = await start({ flows })
    await press(nodeRed, flows, 'a strange window')
    await press(nodeRed, flows, 'a strange window')
    const event = await nodeRed.next('event', (message) => kindOf(message) === 'begin')
    assert.equal(event['topic'], 'press')
    await nodeRed.next('alarm on or off', (message) => message['payload'] === true)
    await press(nodeRed, flows, 'Snooze 10 s')
    const snoozed = await nodeRed.next('event', (message) => kindOf(message) === 'snoozed')
    assert.equal((snoozed['payload'] as { duration: number }).duration, 10_000)
    await nodeRed.next('alarm on or off', (message) => message['payload'] === false)
  })

  it('model: what was learned is on disk under its name', async () => {
    const nodeRed = await start({
      flows: example('One per node/model.json', { 'anomaly-simulate': { pace: '40' } }),
    })
    await nodeRed.next('verdict', (message) => verdictOf(message).threshold !== null)
    // It is saved a moment after it works.
    let reply: { streams: { topic: string; versions: { n: number }[] }[] }
    do reply = (await nodeRed.getJson('/edge-anomaly/models/example')) as typeof reply
    while (reply.streams[0]?.versions[0] === undefined)
    assert.deepEqual(
      reply.streams.map((stream) => [stream.topic, stream.versions.length, stream.versions[0]?.n]),
      [['fan', 1, 19]],
    )
    assert.ok(existsSync(path.join(nodeRed.userDir, 'edge-anomaly', 'models', 'example')))
  })

  it('limits: normal, a warning, an alarm that says which limit was passed', async () => {
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
    const flows = example('One per node/replay.json', { 'anomaly-replay': { speed: '0' } })
    const nodeRed = await start({ flows })
    await press(nodeRed, flows, 'Record and play back')
    const again = frameOf(await nodeRed.next('samples again', () => true, 15_000))
    assert.deepEqual([again.channels, again.rate, again.data.length], [['ax', 'ay', 'az'], 200, 60])
    const end = (await nodeRed.next('end'))['payload'] as { rows: number; files: number }
    assert.equal(end.files, 1)
    assert.ok(end.rows > 50)
  })

  it('evaluate: a report of the limits against the labels of the samples', async () => {
    const flows = example('One per node/evaluate.json')
    const nodeRed = await start({ flows })
    await sleep(4000)
    await press(nodeRed, flows, 'Report')
    const report = (await nodeRed.next('report'))['payload'] as { detector: string; normal: number; anomalous: number; recall: number | null } // prettier-ignore
    assert.equal(report.detector, 'limits')
    assert.ok(report.normal > 50, JSON.stringify(report))
    await press(nodeRed, flows, 'Begin anew')
  })

  it('simulate: samples in g, labelled', async () => {
    const flows = example('One per node/simulate.json')
    const nodeRed = await start({ flows })
    const first = await nodeRed.next('samples')
    assert.equal(frameOf(first).data.length, 60)
    assert.equal(first['label'], 'normal')
    await press(nodeRed, flows, 'coin on')
    await nodeRed.next('samples', (message) => message['label'] === 'coin')
    await press(nodeRed, flows, 'temperature spike')
    await nodeRed.next('three sensors', (message) => message['label'] === 'spike')
    await press(nodeRed, flows, 'all cores busy')
    const busy = frameOf(await nodeRed.next('Raspberry Pi', (message) => message['label'] === 'burn'))
    assert.ok(busy.data[busy.channels.indexOf('cpu')]! > 97)
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
  })
})
