import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../../src/core/random'
import type { Message } from '../../src/runtime/message'
import { nodeRedModule } from '../node-red'
import { Flow, featureFrame, gaussian } from '../nodes/flow'
import { nodeTypes } from '../nodes/node-types'

const COUNT = 2000

interface CompleteEvent {
  readonly node: { readonly node: { readonly id: string } }
  readonly msg: { readonly _msgid?: string }
  readonly error?: Error
}
interface Hooks {
  add(name: string, listener: (event: CompleteEvent) => void): void
  remove(name: string): void
}
// eslint-disable-next-line @typescript-eslint/no-require-imports -- the hooks of the very Node-RED under test
const { hooks } = require(require.resolve('@node-red/util', { paths: [nodeRedModule] })) as { hooks: Hooks }

/** Values that no sensor should send and that somebody will. */
function hostileValue(random: Random, depth = 0): unknown {
  const pick = Math.floor(random.next() * 30)
  const throwing = new Proxy({}, { get: () => { throw new Error('trap') }, ownKeys: () => { throw new Error('trap') } }) // prettier-ignore
  const values: readonly (() => unknown)[] = [
    () => NaN,
    () => Infinity,
    () => -Infinity,
    () => 1e308,
    () => -1e308,
    () => 5e-324,
    () => undefined,
    () => null,
    () => '',
    () => 'abc',
    () => '{"ax": NaN}',
    () => '[1, 2, "x"]',
    () => '{"__proto__": {"polluted": 1}, "ax": 1}',
    () =>
      JSON.parse(
        '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}, "ax": 1}',
      ) as unknown,
    () => true,
    () => 10n,
    () => Symbol('s'),
    () => () => 1,
    () => new Date(0),
    () => new Float64Array([1, NaN, 3]),
    () => new Float32Array(0),
    () => Buffer.from([0xff, 0xfe, 0x00]),
    () => new Array<number>(1000),
    () => Array.from({ length: 20_000 }, (_, i) => i),
    () => throwing,
    () => ({ channels: ['ax', 'ax'], data: new Float32Array(2), start: 0 }),
    () => ({ channels: ['ax', 'ay'], data: new Float32Array(3), start: 0, rate: -1 }),
    () => ({ channels: ['ax'], data: { 0: 1 }, start: 'now' }),
    () => [[1, 2], [3]],
    () => (depth < 3 ? { ax: hostileValue(random, depth + 1), ay: [hostileValue(random, depth + 1)] } : 1),
  ]
  return values[pick]!()
}

function hostileMessage(random: Random, i: number): Message {
  const message: Record<string, unknown> & { _msgid: string } = {
    _msgid: `m${i}`,
    payload: hostileValue(random),
  }
  const chance = random.next()
  if (chance < 0.1) message['topic'] = hostileValue(random)
  else message['topic'] = chance < 0.3 ? '__proto__' : 'fan'
  if (random.next() < 0.15) {
    const control = [
      'learn',
      'reset',
      'forget',
      'ack',
      'snooze',
      'learning',
      'anomaly',
      'dropped',
      'parts',
    ] as const
    message[control[Math.floor(random.next() * control.length)]!] = hostileValue(random)
  }
  return message
}

/** Finds numbers that are not finite, however deep. */
function notFinite(value: unknown, seen = new Set<unknown>()): boolean {
  if (typeof value === 'number') return !Number.isFinite(value)
  if (typeof value !== 'object' || value === null || seen.has(value)) return false
  seen.add(value)
  if (ArrayBuffer.isView(value))
    return [...(value as Float32Array)].some(
      (number) => typeof number === 'number' && !Number.isFinite(number),
    )
  return Object.values(value).some((inner) => notFinite(inner, seen))
}

describe(`${COUNT} hostile messages`, function () {
  this.timeout(120_000)

  for (const { type, isConfig } of nodeTypes) {
    if (isConfig) continue
    it(`to ${type}: done once each, no crash, nothing but finite numbers out, errors name the field`, async () => {
      const settings = {
        transport: 'message',
        autostart: false,
        rows: '',
        machine: 'fan',
        path: 'hostile',
        recording: true,
        limits: [{ channel: 'ax.log_rms', high: '2', change: '3', hold: '1' }],
      }
      const flow = await Flow.load([
        { id: 'probed', type, ...settings, wires: [['out'], ['out2']] },
        { id: 'out', type: 'helper' },
        { id: 'out2', type: 'helper' },
      ])
      const done = new Map<string, number>()
      const errors: Error[] = []
      const rejections: unknown[] = []
      const onRejection = (reason: unknown): void => void rejections.push(reason)
      process.on('unhandledRejection', onRejection)
      hooks.add('onComplete.hostile', (event) => {
        if (event.node.node.id !== 'probed') return
        const id = String(event.msg._msgid)
        done.set(id, (done.get(id) ?? 0) + 1)
        if (event.error !== undefined && event.error !== null) errors.push(event.error)
      })
      try {
        const random = new Random(7)
        const normal = gaussian(8)
        for (let i = 0; i < COUNT; i++) {
          // Every fourth message is a good one: the node has to go on working among the bad ones.
          const message =
            i % 4 === 3
              ? { _msgid: `m${i}`, topic: 'fan', payload: featureFrame(i, normal) }
              : hostileMessage(random, i)
          flow.send('probed', message)
          if (i % 50 === 0) await flow.settle(5)
        }
        await flow.settle(200)
        // A disk takes its time.
        for (let i = 0; i < 500 && done.size < COUNT; i++) await sleep(10)
        assert.deepEqual(rejections, [])
        assert.equal(done.size, COUNT)
        assert.deepEqual(
          [...done].filter(([, times]) => times !== 1),
          [],
        )
        assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
        const sent = [...flow.at('out'), ...flow.at('out2')]
        // What a control message carries beside its order is passed on as it came, and is no output of the node.
        const own = sent.filter(
          (message) => 'channels' in Object(message.payload) || typeof message.payload === 'number',
        )
        assert.deepEqual(
          own.filter(
            (message) =>
              message._msgid !== undefined &&
              Number(message._msgid.slice(1)) % 4 === 3 &&
              notFinite(message.payload),
          ),
          [],
        )
        assert.ok(errors.length > 0, 'some of them must be refused')
        const vague = errors.filter(
          (error) => !/\b(msg|payload|Features|Length)\b|channel/.test(error.message),
        )
        assert.deepEqual(
          vague.map((error) => error.message),
          [],
        )
      } finally {
        hooks.remove('onComplete.hostile')
        process.off('unhandledRejection', onRejection)
        await flow.end()
      }
    })
  }
})
