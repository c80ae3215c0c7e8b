import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FlowNode, Message, NodeRedProcess } from '../node-red'
import { nodeRedOfEachTest } from '../nodes/example'
import { eventOf, logged, sampleOf, UNTIL_LIVE, verdictOf, wholeFlow, WINDOW } from './whole-flow'

const IN: FlowNode = { id: 'in', type: 'test-in', z: 'tab', x: 1, y: 1, wires: [['source']] }
/** What was told of silence; a false alarm now and then is what the threshold promises. */
const kindsOf = (nodeRed: NodeRedProcess): unknown[] =>
  nodeRed.messages('events').map(eventOf).filter(({ reason }) => reason === 'NO_DATA').map(({ kind }) => kind) // prettier-ignore
const silence = (kind: string) => (message: Message) =>
  eventOf(message)['reason'] === 'NO_DATA' && eventOf(message)['kind'] === kind

describe('a whole flow whose sensor is silent', function () {
  this.timeout(60_000)
  const start = nodeRedOfEachTest()
  let nodeRed: NodeRedProcess
  let next: number

  /** In real time, 1000 samples a second. */
  async function measure(count: number): Promise<void> {
    for (let sent = 0; sent < count; sent += WINDOW) {
      const messages = Array.from({ length: WINDOW }, () => ({ topic: 'press', payload: sampleOf(next++) }))
      await nodeRed.send('in', ...messages)
      await sleep(WINDOW)
    }
  }
  /** Everything is learned, and the last window was normal or not. */
  async function run(flows: readonly FlowNode[]): Promise<void> {
    nodeRed = await start({ flows })
    next = 0
    await measure(UNTIL_LIVE + 5 * WINDOW)
    await nodeRed.firstMessages('verdicts', UNTIL_LIVE / WINDOW + 5)
    nodeRed.clear()
  }
  const changed = (
    flows: readonly FlowNode[],
    changes: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ): FlowNode[] => flows.map((node) => ({ ...node, ...changes[node.id] }))

  it('unplugged: NO_DATA reaches the alert by the same wires, is told once, and ends when the sensor is back', async () => {
    const flows = wholeFlow({ transport: 'message', rate: '1000', noDataAfter: '1' }, [IN])
    await run(changed(flows, { alert: { keep: '0.3' } }))
    const verdict = await nodeRed.next('verdicts', (message) => verdictOf(message).reason === 'NO_DATA')
    assert.equal(verdict['payload'], null)
    const began = await nodeRed.next('events', silence('begin'))
    assert.equal(eventOf(began)['stream'], 'press')
    await sleep(1500) // still silent
    assert.deepEqual(kindsOf(nodeRed), ['begin'])
    assert.equal(logged(nodeRed, /\[warn\] .*press: no data for 1/).length, 1)
    await measure(5 * WINDOW)
    await nodeRed.next('events', silence('end'))
    assert.deepEqual(kindsOf(nodeRed), ['begin', 'end'])
    assert.equal(logged(nodeRed, /press sends data again/).length, 1)
    assert.deepEqual(nodeRed.messages('errors'), [])
  })

  for (const disabled of ['features', 'detector']) {
    it(`${disabled} disabled in mid-chain: the alert's own timer finds out; enabled again, it ends`, async () => {
      const flows = changed(wholeFlow({ transport: 'message', rate: '1000', noDataAfter: '0' }, [IN]), {
        alert: { noData: 's', noDataSeconds: '1', keep: '0.3' },
      })
      await run(flows)
      // As the editor saves it: the node stays where it is, and Node-RED leaves it out without a word.
      await nodeRed.deploy(changed(flows, { [disabled]: { d: true } }), 'nodes')
      const source = setInterval(() => void measure(WINDOW), 100)
      try {
        await nodeRed.next('events', silence('begin'))
        assert.deepEqual(nodeRed.messages('verdicts'), [])
        await nodeRed.deploy(flows, 'nodes')
        await nodeRed.next('events', silence('end'))
        assert.deepEqual(kindsOf(nodeRed), ['begin', 'end'])
      } finally {
        clearInterval(source)
      }
    })
  }
})
