import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { example, kindOf, nodeRedOfEachTest, press } from './example'

describe('the first example', function () {
  this.timeout(120_000)
  const start = nodeRedOfEachTest()

  it('01: learns, calibrates, and tells when a coin is taped on and taken off', async () => {
    const flows = example('01 - First score without hardware.json', {
      'anomaly-simulate': { pace: '40' },
      'anomaly-alert': { keep: '0.2' },
    })
    const nodeRed = await start({ flows })
    await sleep(5000)
    await press(nodeRed, flows, 'Tape a coin')
    const begin = await nodeRed.next('what happened', (message) => kindOf(message) === 'begin')
    assert.match(
      String((begin['payload'] as Record<string, unknown>)['text']),
      /^fan: anomaly\. Score \S+, threshold \S+, mostly a[xyz]\./,
    )
    await nodeRed.next('alarm on or off', (message) => message['payload'] === true)
    await press(nodeRed, flows, 'Take it off')
    await nodeRed.next('what happened', (message) => kindOf(message) === 'end')
    await nodeRed.next('alarm on or off', (message) => message['payload'] === false)
  })
})
