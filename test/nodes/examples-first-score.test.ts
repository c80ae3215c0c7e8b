import assert from 'node:assert/strict'
import { anomalyAt, example, kindOf, nodeRedOfEachTest, press, verdictOf, withVerdicts } from './example'

describe('the first example', function () {
  this.timeout(120_000)
  const start = nodeRedOfEachTest()

  it('01: learns, calibrates, tells when a coin is taped on and taken off, learns anew when told to', async () => {
    const flows = example('01 - First score without hardware.json', {
      'anomaly-simulate': { pace: '40' },
      'anomaly-alert': { keep: '0.2' },
    })
    const nodeRed = await start({ flows: withVerdicts(flows) })
    await nodeRed.next('verdicts', (message) => verdictOf(message).threshold !== null)
    assert.deepEqual(nodeRed.messages('what happened'), [])
    await press(nodeRed, flows, 'Tape a coin')
    assert.match(await anomalyAt(nodeRed), /^fan: .*mostly a[xyz]\./)
    await nodeRed.next('alarm on or off', (message) => message['payload'] === true)
    await press(nodeRed, flows, 'Take it off')
    await nodeRed.next('what happened', (message) => kindOf(message) === 'end')
    await nodeRed.next('alarm on or off', (message) => message['payload'] === false)
    await press(nodeRed, flows, 'Learn anew')
    await nodeRed.next('verdicts', (message) => verdictOf(message).model?.version === 2)
  })
})
