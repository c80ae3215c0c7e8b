import assert from 'node:assert/strict'
import helper from 'node-red-node-test-helper'
import { Flow, featureFrame, gaussian, type FlowDefinition } from './flow'

interface Reply {
  readonly status: number
  readonly body: { readonly did?: string; readonly error?: string }
}
const press = async (type: string, id: string, button = 'learn'): Promise<Reply> => {
  const { request } = helper as unknown as { request(): { post(path: string): Promise<Reply> } }
  return request.call(helper).post(`/edge-anomaly/buttons/anomaly-${type}/${id}/${button}`)
}
const did = async (...of: Parameters<typeof press>): Promise<string | undefined> =>
  (await press(...of)).body.did

const CHAIN: readonly FlowDefinition[] = [
  { id: 'scaler', type: 'anomaly-scaler', rows: '10', whenEmpty: false, wires: [['detector']] },
  { id: 'detector', type: 'anomaly-mahalanobis', rows: '30', whenEmpty: false, wires: [['out']] },
  { id: 'out', type: 'helper' },
]

describe('the button of a learning node', () => {
  let flow: Flow
  let random: () => number
  let sent: number
  before(() => helper.startServer())
  after(() => helper.stopServer())
  beforeEach(async () => {
    ;[random, sent] = [gaussian(4), 0]
    flow = await Flow.load(CHAIN)
  })
  afterEach(() => flow.end())

  const feed = async (count: number): Promise<void> => {
    for (const end = sent + count; sent < end; sent++)
      flow.send('scaler', { topic: 'fan', i: sent, payload: featureFrame(sent, random) })
    await flow.settle()
  }
  /** The contract lines of the newest verdict that name what was learned. */
  const parts = (): readonly string[] =>
    flow
      .at('out')
      .at(-1)!
      .anomaly!.contract.filter((line) => line.includes('#'))

  it('of the first learner teaches the whole chain, asks before it replaces, and stops while it learns', async () => {
    await feed(5)
    assert.equal(await did('scaler', 'scaler'), 'learning')
    await feed(9)
    assert.equal(await did('scaler', 'scaler'), 'stopped')
    await feed(10)
    assert.equal(flow.at('out').at(-1)!.anomaly!.reason, 'LEARNING')
    assert.equal(await did('scaler', 'scaler'), 'learning')
    await feed(40)
    const before = parts()
    assert.equal(before.length, 2)

    assert.equal(await did('scaler', 'scaler'), 'ask')
    await feed(40)
    assert.deepEqual(parts(), before)
    assert.equal(await did('scaler', 'scaler', 'replace'), 'learning')
    await feed(50)
    const after = parts()
    assert.equal(after.length, 2)
    assert.ok(after.every((line, i) => line !== before[i]))
  })

  it('of a later learner teaches that one anew and leaves those before it alone', async () => {
    await press('scaler', 'scaler')
    await feed(41)
    const before = parts()
    assert.equal(await did('mahalanobis', 'detector', 'replace'), 'learning')
    await feed(31)
    const after = parts()
    assert.equal(after[0], before[0])
    assert.notEqual(after[1], before[1])
  })

  it('asks before the first data after a restart as well, and stops what only waits', async () => {
    await press('scaler', 'scaler')
    await feed(41)
    const { userDir } = flow
    await flow.unload()
    flow = await Flow.load(CHAIN, userDir)
    assert.equal(await did('scaler', 'scaler'), 'ask')
    assert.equal(await did('scaler', 'scaler', 'replace'), 'learning')
    assert.equal(await did('scaler', 'scaler'), 'stopped')
  })

  it('is refused for a node of another type, and for a button that there is not', async () => {
    for (const [type, id, button] of [
      ['mahalanobis', 'scaler', 'learn'],
      ['scaler', 'nobody', 'learn'],
      ['scaler', 'scaler', 'burn'],
    ] as const) {
      const reply = await press(type, id, button)
      assert.equal(reply.status, 400)
      assert.match(reply.body.error!, /not deployed yet/)
    }
  })
})
