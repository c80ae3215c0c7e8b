import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Node, NodeAPI } from 'node-red'
import type { Frame } from '../../src/core/frame'
import type { Detector, FittedPart, Model, Score } from '../../src/core/stage'
import { presentScore } from '../../src/runtime/applier'
import { Host, LEARNING_EVENT, type LearningNews } from '../../src/runtime/host'
import { LearnerNode } from '../../src/runtime/learner-node'
import { learningRunsOf } from '../../src/runtime/learning-runs'
import type { Message } from '../../src/runtime/message'
import { ModelAccess } from '../../src/runtime/model-access'
import { temporaryFolder } from '../model/temporary-folder'

/** How the next model behaves. */
interface Plan {
  readonly fit: 'once' | 'promise'
  readonly answer: 'once' | 'gate'
  readonly score: 'distance' | 'NaN' | 'constant' | 'throws'
  /** Works so long on each frame, ms. */
  readonly busy?: number
}
const GOOD: Plan = { fit: 'once', answer: 'once', score: 'distance' }
interface Body extends Plan {
  readonly centre: number
}

const ROWS = 4
const values = (...numbers: readonly number[]): readonly number[] => numbers
const scoresOf = (messages: readonly Message[]): unknown[] => messages.map(({ payload }) => payload)
const numbersOf = (messages: readonly Message[]): unknown[] => messages.map(({ i }) => i)

/** A learning node whose detector gives the distance from the mean of what it learned from, or what the plan says. */
class Rig {
  plan: Plan = GOOD
  readonly sent: Message[] = []
  readonly errors: string[] = []
  readonly news: LearningNews[] = []
  readonly loaded: { applied: number[]; disposed: number }[] = []
  readonly red: NodeAPI
  readonly host: Host
  private readonly node: LearnerNode<Score>
  private waiting: (() => void)[] = []
  private isOpen = false
  private count = 0
  statusText = ''

  constructor(
    readonly userDir: string,
    rows = ROWS,
  ) {
    const events = new EventEmitter()
    events.on(LEARNING_EVENT, (news: LearningNews) => this.news.push(news))
    this.red = { events, settings: { userDir } } as unknown as NodeAPI
    const node = {
      id: 'n1',
      type: 'rig',
      error: (text: string) => this.errors.push(text),
      warn: () => undefined,
      log: () => undefined,
      status: ({ fill, text }: { fill: string; text: string }) => (this.statusText = `${fill} ${text}`),
    }
    this.host = new Host(this.red, node as unknown as Node)
    const access = new ModelAccess(this.host, 'detector', undefined, 5)
    const options = { keep: 'stream', maxStreams: 10, contextProperty: '', contexts: [] } as const
    const learner = this.detector()
    const present = presentScore('rig', access.modelOf)
    this.node = new LearnerNode({ ...options, learner, role: 'detector', access, rows, whenEmpty: true, present }, this.host) // prettier-ignore
  }

  /** Sends one frame per value, numbered on. */
  feed(numbers: readonly number[], more: Message = {}): void {
    for (const value of numbers) {
      const i = this.count++
      const payload: Frame = { channels: ['x'], start: i, end: i + 1, data: Float32Array.of(value) }
      void this.node.input({ topic: 'fan', i, payload, ...more }, (message) => this.sent.push(message))
    }
  }

  order(message: Message): void {
    void this.node.input(message, () => undefined)
  }

  /** Answers of models that wait go out from now on. */
  open(): void {
    this.isOpen = true
    for (const go of this.waiting.splice(0)) go()
  }

  async close(): Promise<void> {
    this.host.close()
    this.node.close(false)
    await this.node.written(false)
  }

  /** What was sent since it was last asked. */
  take(): Message[] {
    return this.sent.splice(0)
  }

  /** Waits until what was learned first is on the disk. */
  async saved(): Promise<void> {
    while (!Object.keys(this.files()).some((name) => name.endsWith('current.json'))) await sleep(5)
  }

  /** Every file of the models with what it holds; of those with a name like this, where one is given. */
  files(like = /./): Readonly<Record<string, string>> {
    const folder = path.join(this.userDir, 'edge-anomaly')
    if (!fs.existsSync(folder)) return {}
    const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true })
    const names = entries
      .filter((entry) => entry.isFile())
      .map((each) => path.join(each.parentPath, each.name))
    return Object.fromEntries(
      names
        .filter((name) => like.test(name))
        .sort()
        .map((name) => [name, fs.readFileSync(name, 'utf8')]),
    )
  }

  private detector(): Detector {
    return {
      line: 'rig',
      minimumRows: () => 2,
      fit: (frames) => {
        const centre = frames.reduce((sum, { data }) => sum + data[0]!, 0) / frames.length
        const body: Body = { ...this.plan, centre }
        const part: FittedPart = { body, report: { rows: frames.length, warnings: [], figures: { centre } } }
        return this.plan.fit === 'once' ? part : Promise.resolve(part)
      },
      load: (body) => this.model(body as Body),
    }
  }

  private model({ centre, answer, score, busy = 0 }: Body): Model<Score> {
    const use = { applied: [] as number[], disposed: 0 }
    this.loaded.push(use)
    const scoreOf = ({ data }: Frame): Score => {
      use.applied.push(data[0]!)
      for (const end = performance.now() + busy; performance.now() < end;);
      if (score === 'throws') throw new Error('the engine is out of order')
      const distance = Math.abs(data[0]! - centre)
      const wanted = { distance, NaN, constant: 2.5 }[score]
      return { score: wanted, contributions: { x: 1 } }
    }
    return {
      apply: (frames) => {
        if (answer === 'once') return frames.map(scoreOf)
        if (this.isOpen) return Promise.resolve(frames.map(scoreOf))
        return new Promise((resolve) => this.waiting.push(() => resolve(frames.map(scoreOf))))
      },
      dispose: () => void use.disposed++,
    }
  }
}

const settle = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await new Promise(setImmediate)
}

describe('a learning node that has learned anew', () => {
  let userDir = ''
  let rig: Rig
  beforeEach(() => {
    userDir = temporaryFolder()
    rig = new Rig(userDir)
  })
  afterEach(async () => {
    await rig.close()
    fs.rmSync(userDir, { recursive: true, force: true })
  })

  /** Learns 0, 1, 2, 3 (centre 1.5), then begins anew. */
  async function learnedThenAnew(plan: Plan): Promise<Readonly<Record<string, string>>> {
    rig.feed(values(0, 1, 2, 3))
    await settle()
    await rig.saved()
    assert.deepEqual(scoresOf(rig.take()), [1.5, 0.5, 0.5, 1.5])
    rig.news.length = 0
    rig.plan = plan
    const files = rig.files()
    rig.order({ learn: true, topic: 'fan' })
    return files
  }

  for (const [title, score, why] of [
    [
      'gives no number for a window of its own block',
      'NaN',
      /^rig: .* score = NaN for a window .* works on: .* press Learn$/,
    ],
    [
      'gives one score for windows that differ',
      'constant',
      /^rig: .* the same score, 2\.5, for all of 4 windows that differ/,
    ],
    ['fails on its own block', 'throws', /^rig: .* fails on a window .*\(the engine is out of order\)/],
  ] as const)
    // prettier-ignore
    for (const fit of ['once', 'promise'] as const)
      it(`keeps the old part where the new one ${title} (fitted: ${fit}), says so once, and leaves the files`, async () => {
        const before = await learnedThenAnew({ ...GOOD, fit, score })
        rig.feed(values(10, 11, 12))
        rig.feed(values(13))
        await settle()
        rig.feed(values(14, 15, 16, 17, 18))
        await settle()
        const sent = rig.take()
        assert.deepEqual(numbersOf(sent), [4, 5, 6, 7, 8, 9, 10, 11, 12])
        assert.deepEqual(scoresOf(sent), [8.5, 9.5, 10.5, 11.5, 12.5, 13.5, 14.5, 15.5, 16.5])
        assert.ok(sent.every(({ anomaly }) => !anomaly!.inSample))
        assert.equal(new Set(sent.map(({ anomaly }) => anomaly!.contract.join())).size, 1)
        assert.equal(rig.errors.length, 1)
        assert.match(rig.errors[0]!, why)
        const failures = rig.news.filter(({ state }) => state === 'failed')
        assert.deepEqual(
          failures.map(({ text }) => text),
          rig.errors,
        )
        assert.ok(rig.news.every(({ state }) => state !== 'learned'))
        assert.equal(rig.statusText, 'red failed')
        assert.deepEqual(
          rig.loaded.map(({ disposed }) => disposed),
          [0, 1],
        )
        await rig.close()
        assert.deepEqual(rig.files(), before)
      })

  it('takes the nodes before it back to their old parts where its own new part is refused', async () => {
    rig.feed(values(0, 1, 2, 3))
    rig.take()
    rig.plan = { ...GOOD, score: 'NaN' }
    const undone: string[] = []
    learningRunsOf(rig.red).switched('run', () => undone.push('scaler'))
    const contract = ['channels x', 'scaler standard#0123456789abcdef']
    for (const value of values(0, 1, 2, 3)) {
      const payload: Frame = { channels: ['x'], start: 0, end: 1, data: Float32Array.of(value), contract }
      rig.feed([value], { payload, learning: { id: 'run' } })
    }
    await settle()
    assert.deepEqual(undone, ['scaler'])
    const held = rig.take()
    assert.deepEqual(numbersOf(held), [4, 5, 6, 7])
    for (const { payload, anomaly } of held)
      assert.deepEqual(
        [payload, anomaly!.reason, anomaly!.detail],
        [null, 'LEARNING', 'learning failed, so this window was not scored'],
      )
  })

  it('takes one score for windows evenly around the middle, where a window further out has another', async () => {
    rig.feed(values(-1, 1, -1, 1, 5))
    await settle()
    assert.deepEqual(scoresOf(rig.take()), [1, 1, 1, 1, 5])
    assert.deepEqual(rig.errors, [])
  })

  it('takes one score for windows that are all the same', async () => {
    rig.plan = { ...GOOD, score: 'constant' }
    rig.feed(values(1, 1, 1, 1))
    await settle()
    assert.deepEqual(scoresOf(rig.take()), [2.5, 2.5, 2.5, 2.5])
    assert.deepEqual(rig.errors, [])
  })

  it('says how the old and the new part compare on the same windows, in its news and in the model', async () => {
    rig.feed(values(0, 1, 2, 3))
    await settle()
    assert.deepEqual(rig.news.at(-1)!.figures, { rows: 4, centre: 1.5 })
    rig.order({ learn: true, topic: 'fan' })
    rig.feed(values(10, 11, 12, 14))
    await settle()
    // Centre 11.75: 1.75, 0.75, 0.25, 2.25; before, from 1.5: 8.5, 9.5, 10.5, 12.5.
    const figures = { centre: 11.75, medianScore: 1.25, medianScoreBefore: 10 }
    assert.deepEqual(rig.news.at(-1)!.figures, { rows: 4, ...figures })
    assert.deepEqual(scoresOf(rig.take()).slice(-4), [1.75, 0.75, 0.25, 2.25])
    await rig.close()
    const access = new ModelAccess(rig.host, 'detector', undefined, 5)
    assert.deepEqual(access.partsOf({ topic: 'fan' }, 'rig')[0]!.report.figures, figures)
  })

  it('goes on with the old part while the new one is tried by promise, then sends the block on in order', async () => {
    await learnedThenAnew({ ...GOOD, fit: 'promise', answer: 'gate' })
    rig.feed(values(10, 11, 12, 14))
    await settle()
    rig.feed(values(5, 6))
    await settle()
    const during = rig.take()
    assert.deepEqual(scoresOf(during), [8.5, 9.5, 10.5, 12.5, 3.5, 4.5])
    assert.ok(during.every(({ anomaly }) => !anomaly!.inSample))
    assert.ok(rig.news.every(({ state }) => state === 'fitting'))
    rig.open()
    await settle()
    rig.feed(values(12))
    await settle()
    const after = rig.take()
    assert.deepEqual(numbersOf(after), [4, 5, 6, 7, 10])
    assert.deepEqual(scoresOf(after), [1.75, 0.75, 0.25, 2.25, 0.25])
    assert.deepEqual(
      after.map(({ anomaly }) => anomaly!.inSample),
      [true, true, true, true, false],
    )
    assert.equal(rig.news.at(-1)!.figures!['medianScoreBefore'], 10)
  })

  it('answers LEARNING while its first part is tried by promise', async () => {
    rig.plan = { ...GOOD, fit: 'promise', answer: 'gate' }
    rig.feed(values(0, 1, 2, 3))
    await settle()
    rig.feed(values(9))
    assert.deepEqual(
      rig.take().map(({ i, payload, anomaly }) => [i, payload, anomaly!.reason]),
      [[4, null, 'LEARNING']],
    )
    rig.open()
    await settle()
    assert.deepEqual(scoresOf(rig.take()), [1.5, 0.5, 0.5, 1.5])
  })

  for (const fit of ['once', 'promise'] as const)
    it(`drops a part that is given up while it is tried (fitted: ${fit})`, async () => {
      const before = await learnedThenAnew({ ...GOOD, fit, answer: 'gate' })
      rig.feed(values(10, 11, 12, 14))
      await settle()
      rig.order({ learn: false, topic: 'fan' })
      rig.open()
      await settle()
      rig.feed(values(5))
      await settle()
      assert.deepEqual(scoresOf(rig.take()), [8.5, 9.5, 10.5, 12.5, 3.5])
      assert.deepEqual(
        rig.loaded.map(({ applied, disposed }) => [applied.length > 1, disposed]),
        [
          [true, 0],
          [false, 1],
        ],
      )
      assert.deepEqual(rig.errors, [])
      assert.ok(rig.news.every(({ state }) => state === 'fitting'))
      await rig.close()
      assert.deepEqual(rig.files(), before)
    })

  it('answers the held windows of a first part that is given up while it is tried', async () => {
    rig.plan = { ...GOOD, fit: 'promise', answer: 'gate' }
    rig.feed(values(0, 1, 2, 3))
    await settle()
    rig.order({ learn: false, topic: 'fan' })
    rig.open()
    await settle()
    assert.deepEqual(
      rig.take().map(({ i, payload, anomaly }) => [i, payload, anomaly!.detail]),
      [0, 1, 2, 3].map((i) => [i, null, 'learning was given up, so this window was not scored']),
    )
    assert.equal(rig.loaded[0]!.disposed, 1)
    await rig.close()
    assert.deepEqual(rig.files(), {})
  })

  it('drops a part that is being tried when the node closes', async () => {
    await learnedThenAnew({ ...GOOD, fit: 'promise', answer: 'gate' })
    const before = rig.files(/parts/)
    assert.equal(Object.keys(before).length, 1)
    rig.feed(values(10, 11, 12, 14))
    await settle()
    await rig.close()
    rig.open()
    await settle()
    assert.deepEqual(
      rig.loaded.map(({ disposed }) => disposed),
      [1, 1],
    )
    assert.deepEqual(rig.errors, [])
    assert.ok(rig.news.every(({ state }) => state === 'fitting'))
    assert.deepEqual(rig.files(/parts/), before)
  })

  it('lets everything else have its turn while a part that was fitted elsewhere is tried', async () => {
    const many = Array.from({ length: 100 }, (_, i) => i)
    await rig.close()
    rig = new Rig(userDir, many.length)
    rig.plan = { ...GOOD, fit: 'promise', busy: 1 }
    rig.feed(many)
    let turns = 0
    while (!rig.news.some(({ state }) => state === 'learned')) {
      await new Promise(setImmediate)
      turns++
    }
    // 100 ms in slices of 4 ms.
    assert.ok(turns >= 15, `${turns} turns`)
  })

  it('tries a large block on 256 of its windows, the first and the last among them', async () => {
    await rig.close()
    rig = new Rig(userDir, 1000)
    rig.feed(Array.from({ length: 1000 }, (_, i) => i))
    await settle()
    assert.equal(rig.take().length, 1000)
    const { applied } = rig.loaded[0]!
    const tried = applied.splice(0, 256)
    assert.deepEqual([tried[0], tried[255], new Set(tried).size], [0, 999, 256])
    assert.ok(tried.every((value, i) => i === 0 || [3, 4].includes(value - tried[i - 1]!)))
    assert.equal(applied.length, 1000)
  })
})
