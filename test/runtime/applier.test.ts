import assert from 'node:assert/strict'
import { ContractExtender } from '../../src/core/contract'
import type { Frame } from '../../src/core/frame'
import type { Score } from '../../src/core/stage'
import { Applier, presentScore, type Task, type Working } from '../../src/runtime/applier'
import type { Host } from '../../src/runtime/host'
import type { Message } from '../../src/runtime/message'

const frame = (i: number): Frame => ({
  channels: ['ax'],
  start: 1000 * i,
  end: 1000 * (i + 1),
  data: Float32Array.of(i),
})

/** An applier whose model answers when it is told to, with the value of the frame as its score. */
class Rig {
  readonly sent: Message[] = []
  readonly warned: string[] = []
  readonly shown: string[] = []
  done = 0
  private answer = (): void => undefined
  private readonly answered = new Promise<void>((resolve) => (this.answer = resolve))
  private readonly part: Working<Score> = {
    extender: new ContractExtender('slow#0123456789abcdef'),
    model: {
      apply: async (frames) => {
        await this.answered
        return frames.map(({ data }) => ({ score: data[0]!, contributions: { ax: 1 } }))
      },
    },
  }
  private readonly applier: Applier<Score>

  constructor(limit: number) {
    const host = {
      isClosed: false,
      warn: (key: string) => this.warned.push(key),
      text: (key: string, { count }: { count: number }) => `${key} ${count}`,
      status: (_fill: string, _shape: string, text: string) => this.shown.push(text),
    } as unknown as Host
    const present = presentScore('slow', () => ({ name: 'rig', version: 1 }))
    this.applier = new Applier(limit, present, host)
  }

  apply(i: number, inSample = false): void {
    const item = { frame: frame(i), message: { i }, send: this.send }
    this.submit({ kind: 'apply', item, part: this.part, stream: { topic: '' }, inSample })
  }

  pass(i: number): void {
    this.submit({ kind: 'pass', message: { i }, send: this.send })
  }

  async answerAll(): Promise<void> {
    this.answer()
    for (let i = 0; i < 2000; i++) await Promise.resolve()
  }

  private readonly send = (message: Message): void => void this.sent.push(message)

  private submit(task: Task<Score>): void {
    const result = this.applier.submit(task)
    if (result === undefined) this.done++
    else void result.then(() => this.done++)
  }
}

const numbersOf = (messages: readonly Message[]): unknown[] => messages.map(({ i }) => i)
const range = (first: number, end: number): number[] =>
  Array.from({ length: end - first }, (_, i) => first + i)

describe('applier with an engine that is too slow', () => {
  it('drops the oldest live windows, counts them in msg.dropped, says so once, and calls every message done', async () => {
    const rig = new Rig(10)
    for (let i = 0; i < 100; i++) rig.apply(i)
    await rig.answerAll()
    assert.deepEqual(numbersOf(rig.sent), [0, ...range(90, 100)])
    assert.deepEqual(
      rig.sent.map(({ dropped }) => dropped),
      [89, ...Array<undefined>(10).fill(undefined)],
    )
    assert.deepEqual(rig.warned, ['learning.overloaded'])
    assert.deepEqual(rig.shown, ['status.dropped 89'])
    assert.equal(rig.done, 100)
  })

  it('sends every window of a block that was learned from, beyond the limit', async () => {
    const rig = new Rig(256)
    for (let i = 0; i < 300; i++) rig.apply(i, true)
    await rig.answerAll()
    assert.deepEqual(numbersOf(rig.sent), range(0, 300))
    assert.ok(rig.sent.every(({ dropped }) => dropped === undefined))
  })

  it('drops neither a fault of the source nor an order, and keeps their place', async () => {
    const rig = new Rig(4)
    for (let i = 0; i < 10; i++) {
      rig.apply(2 * i)
      rig.pass(2 * i + 1)
    }
    await rig.answerAll()
    assert.deepEqual(numbersOf(rig.sent), [0, 1, 3, 5, 7, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19])
    assert.equal(rig.sent[0]!.dropped, 5)
  })
})
