import assert from 'node:assert/strict'
import path from 'node:path'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import type { Frame } from '../../src/core/frame'
import { Random } from '../../src/core/random'
import { isControl, type Message } from '../../src/runtime/message'
import { nodeRedModule, packageRoot } from '../node-red'
import { Flow, gaussian } from '../nodes/flow'
import { MANNERS, RECORDING, type Manners } from '../nodes/manners-table'
import { damaged, nonsense, notFinite, type Hostile } from './hostile'

const COUNT = 2000

interface CompleteEvent {
  readonly node: { readonly node: { readonly id: string } }
  readonly msg: { readonly _msgid?: string }
  readonly error?: Error | null
}
interface Hooks {
  add(name: string, listener: (event: CompleteEvent) => void): void
  remove(name: string): void
}
// eslint-disable-next-line @typescript-eslint/no-require-imports -- the hooks of the very Node-RED under test
const { hooks } = require(require.resolve('@node-red/util', { paths: [nodeRedModule] })) as { hooks: Hooks }

const STAGE = ['topic', 'learn', 'forget', 'anomaly']
const LEARNER = [...STAGE, 'state', 'learning']
/** What each node reads of a message beside its payload. */
const READS: Readonly<Record<string, readonly string[]>> = {
  'imu-source': STAGE,
  window: [...STAGE, 'state'],
  features: STAGE,
  scaler: LEARNER,
  mahalanobis: LEARNER,
  'robust-z': LEARNER,
  'onnx-autoencoder': LEARNER,
  'threshold-calibrate': LEARNER,
  alert: [...STAGE, 'snooze'],
  limits: STAGE,
  'system-metrics': [],
  record: ['topic', 'anomaly'],
  replay: [],
  simulate: [],
  evaluate: ['topic', 'anomaly'],
}
/** They run by themselves: what they send belongs to no message. */
const SOURCES = ['system-metrics', 'replay', 'simulate']

/** A window of the shape that the file takes. */
function windowOf(i: number, random: () => number): Frame {
  const data = Float32Array.from({ length: 24 }, () => random())
  return { channels: ['ax', 'ay', 'az'], rate: 8, start: 1_700_000_000_000 + 1000 * i, data }
}

const cases: readonly { title: string; name: string; manners: Manners; reads: readonly string[] }[] = [
  ...Object.entries(MANNERS).map(([name, manners]) => ({
    title: `anomaly-${name}`,
    name,
    manners,
    reads: READS[name]!,
  })),
  {
    title: 'anomaly-onnx-autoencoder with a file',
    name: 'onnx-autoencoder',
    manners: {
      ...MANNERS['onnx-autoencoder']!,
      settings: {
        source: 'file',
        queueLimit: '5000',
        file: path.join(packageRoot, 'test', 'model', 'fixtures', 'dense_rows.onnx'),
      },
      good: (seed) => {
        const random = gaussian(seed)
        return Array.from({ length: 40 }, (_, i) => ({ topic: 'fan', payload: windowOf(i, random) }))
      },
    },
    reads: ['topic', 'anomaly'],
  },
]

/** What came of the messages that were sent to one node. */
class Probe {
  /** How often each message was done. */
  readonly done = new Map<string, number>()
  readonly errors = new Map<string, string>()

  private constructor(readonly flow: Flow) {}

  static async start(name: string, { settings }: Manners): Promise<Probe> {
    const userDir = mkdtempSync(path.join(os.tmpdir(), 'anomaly-hostile-'))
    mkdirSync(path.dirname(path.join(userDir, RECORDING.path)))
    writeFileSync(path.join(userDir, RECORDING.path), RECORDING.text)
    const flow = await Flow.load(
      [
        { id: 'probed', type: `anomaly-${name}`, ...settings, wires: [['out'], ['out2']] },
        { id: 'out', type: 'helper' },
        { id: 'out2', type: 'helper' },
      ],
      userDir,
    )
    const probe = new Probe(flow)
    hooks.add('onComplete.hostile', ({ node, msg, error }) => {
      if (node.node.id !== 'probed') return
      const id = String(msg._msgid)
      probe.done.set(id, (probe.done.get(id) ?? 0) + 1)
      if (error !== undefined && error !== null) probe.errors.set(id, error.message)
    })
    return probe
  }

  send(id: string, message: Message): void {
    this.flow.send('probed', { ...message, _msgid: id })
  }

  get sent(): readonly Message[] {
    return [...this.flow.at('out'), ...this.flow.at('out2')]
  }

  /** What it sent for the good messages. */
  good(name: string, { sends, digest }: Manners): unknown[] {
    if (SOURCES.includes(name)) {
      const own = this.sent.filter(({ _msgid }) => _msgid?.startsWith('hostile') !== true)
      return own.slice(0, sends).map(digest)
    }
    const isOwn = ({ _msgid, topic, detector }: Message): boolean =>
      name === 'evaluate' ? topic === 'd' || detector === 'd' : _msgid?.startsWith('good') === true
    return this.sent.filter(isOwn).map(digest)
  }

  async end(): Promise<void> {
    hooks.remove('onComplete.hostile')
    await this.flow.end()
  }
}

const shown = (message: Message): string => inspect(message, { depth: 2, maxArrayLength: 5 })

async function until(isTrue: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !isTrue() && Date.now() < end;) await sleep(5)
}

describe(`${COUNT} hostile messages`, function () {
  this.timeout(120_000)
  let probe: Probe | undefined
  const rejections: unknown[] = []
  const onRejection = (reason: unknown): void => void rejections.push(reason)
  beforeEach(() => {
    rejections.length = 0
    process.on('unhandledRejection', onRejection)
  })
  afterEach(async () => {
    process.off('unhandledRejection', onRejection)
    await probe?.end()
    probe = undefined
  })

  it('are tried on every node type', () => {
    assert.deepEqual(Object.keys(READS).sort(), Object.keys(MANNERS).sort())
  })

  for (const { title, name, manners, reads } of cases) {
    const isSource = SOURCES.includes(name)
    const learns = 'rows' in manners.settings
    const rounds = (isSource ? [1] : [1, 2, 3]).map((seed) => manners.good(seed))

    /** Sends the good messages, those of the first round first where a node has to learn, and `between` among the others. */
    async function run(between: (i: number, goods: number) => void): Promise<Probe> {
      const running = await Probe.start(name, manners)
      let sent = 0
      const give = async (messages: readonly Message[], isHostile: boolean): Promise<void> => {
        for (const [i, message] of messages.entries()) {
          if (isHostile) {
            between(i, messages.length)
            await running.flow.settle(5)
          }
          running.send(`good${sent++}`, message)
        }
      }
      probe = running
      if (learns) {
        await give(rounds[0]!, false)
        await until(() => running.good(name, manners).length >= manners.sends)
      }
      await give((learns ? rounds.slice(1) : rounds).flat(), true)
      await running.flow.settle(200)
      await until(() => running.done.size >= sent)
      // What the last of them gave is still a hop away.
      await running.flow.settle()
      return running
    }

    it(`to ${title}: done once each, no crash, all that comes out finite, refusals name the field, good ones give what they give alone`, async () => {
      const calm = await run(() => undefined)
      if (isSource) await until(() => calm.good(name, manners).length >= manners.sends)
      const expected = calm.good(name, manners)
      assert.deepEqual([...calm.errors], [])
      await calm.end()

      const random = new Random(7)
      const hostile = new Map<string, Hostile>()
      const templates = rounds.flat().filter(({ payload }) => isSource || payload !== 'report')
      const stormy = await run((i, goods) => {
        const end = Math.round((COUNT * (i + 1)) / goods)
        while (hostile.size < end) {
          const id = `hostile${hostile.size}`
          const template = templates[Math.floor(random.next() * templates.length)]!
          const bad = hostile.size % 2 === 0 ? damaged(template, reads, random) : nonsense(random, name !== 'evaluate') // prettier-ignore
          hostile.set(id, bad)
          probe!.send(id, bad.message)
        }
      })
      const count = COUNT + rounds.flat().length
      await until(() => stormy.done.size === count)
      await stormy.flow.settle()
      if (isSource) await until(() => stormy.good(name, manners).length >= manners.sends)

      assert.deepEqual(rejections, [])
      assert.equal(stormy.done.size, count)
      assert.deepEqual([...stormy.done].filter(([, times]) => times !== 1), []) // prettier-ignore
      assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
      const wrong = stormy.sent.filter(({ _msgid, payload, anomaly }) => {
        // What a control message carries beside its order is passed on as it came; record passes everything.
        const came = hostile.get(String(_msgid))?.message
        const passes = came !== undefined && (name === 'record' || isControl(came))
        const isPassed = passes && Object.is(came.payload, payload)
        return !isPassed && (notFinite(payload) || notFinite(anomaly))
      })
      assert.deepEqual(wrong.map(shown), [])
      const vague = [...hostile].flatMap(([id, { message, names }]) => {
        const error = stormy.errors.get(id)
        const isNamed = names === undefined ? error === undefined || /\b(msg\.\w|payload|model|Features|Length)/.test(error) : error?.includes(names) === true // prettier-ignore
        return isNamed ? [] : [{ names, error, message: shown(message) }]
      })
      assert.deepEqual(vague.slice(0, 5), [])
      assert.deepEqual(stormy.good(name, manners), expected)
      assert.ok(expected.length >= (name === 'alert' ? 1 : manners.sends))
    })
  }
})
