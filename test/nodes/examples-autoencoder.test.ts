import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readModel } from '../../src/core/autoencoder/model'
import { Random } from '../../src/core/random'
import { readOnnx } from '../../src/model/onnx/read'
import { writeAutoencoder } from '../../src/model/onnx/write-autoencoder'
import { makeAutoencoder } from '../../src/train/autoencoder-learner'
import { readAutoencoderSettings } from '../../src/train/learner-settings'
import { anomalyAt, example, nodeRedOfEachTest, press, verdictOf } from './example'

/** An autoencoder for windows of 50 × 6, trained for a moment and written as a file. */
async function ownModel(): Promise<Uint8Array> {
  const random = new Random(3)
  const channels = ['ax', 'ay', 'az', 'gx', 'gy', 'gz']
  const frames = Array.from({ length: 60 }, (_, i) => ({
    ...{ channels, start: i * 500, data: Float32Array.from({ length: 300 }, () => random.next()) },
  }))
  const learner = makeAutoencoder(readAutoencoderSettings({ layers: '8', epochs: 3 }))
  const part = await learner.fit(frames)
  return writeAutoencoder(readModel(part.body, part.blobs), { channels })
}

describe('examples of the autoencoder', function () {
  this.timeout(120_000)
  const start = nodeRedOfEachTest()

  it('learn an autoencoder: trains on; saved as an ONNX file; gives a training up; alarm after the coin', async () => {
    const flows = example('Autoencoder/1 - Learn an autoencoder.json', { 'anomaly-simulate': { pace: '40' } })
    const nodeRed = await start({ flows })
    const learned = (): Promise<unknown> => nodeRed.getJson('/edge-anomaly/models/autoencoder')
    const versions = async (): Promise<number> =>
      ((await learned()) as { streams: { versions: unknown[] }[] }).streams[0]?.versions.length ?? 0
    while ((await versions()) < 1) await sleep(200)
    await press(nodeRed, flows, 'Train on')
    while ((await versions()) < 2) await sleep(200)
    const file = await fetch(`${nodeRed.base}/edge-anomaly/models/autoencoder/onnx?topic=fan`)
    const model = readOnnx(new Uint8Array(await file.arrayBuffer()))
    assert.deepEqual(model.outputs.map((output) => output.name).sort(), [
      'channel_error',
      'reconstruction',
      'score',
    ])
    // 200 windows take half a second here: this one is given up before it has them.
    await press(nodeRed, flows, 'Train on')
    await press(nodeRed, flows, 'Cancel')
    await press(nodeRed, flows, 'Tape a coin')
    assert.match(await anomalyAt(nodeRed), /^fan: .*mostly a[xyz]/)
    await sleep(3000)
    assert.equal(await versions(), 2)
  })

  it('bring your own ONNX model: scores, and a threshold after 99 of them', async () => {
    const userDir = mkdtempSync(path.join(os.tmpdir(), 'anomaly-own-model-'))
    mkdirSync(path.join(userDir, 'models'))
    writeFileSync(path.join(userDir, 'models', 'autoencoder.onnx'), await ownModel())
    const nodeRed = await start({
      flows: example('Autoencoder/2 - Bring your own ONNX model.json'),
      userDir,
    })
    const judged = await nodeRed.next('score', (message) => verdictOf(message).threshold !== null, 60_000)
    assert.ok(verdictOf(judged).score! > 0)
    assert.match(verdictOf(judged).contract.at(-1)!, /^onnx mae#[0-9a-f]{16}$/)
    await nodeRed.stop()
    rmSync(userDir, { recursive: true, force: true })
  })
})
