import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Message } from '../../src/runtime/message'
import { definitionOf } from '../contracts/palette-node'
import { Flow, type FlowDefinition } from './flow'
import { MANNERS, RECORDING } from './manners-table'
import { nodeTypes } from './node-types'

const TYPES = nodeTypes.filter(({ isConfig }) => !isConfig)

/** A user directory that has the file which a replay reads. */
function userDirectory(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'anomaly-manners-'))
  const file = path.join(folder, RECORDING.path)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, RECORDING.text)
  return folder
}

/** Waits until it is true, 10 s at most. */
async function until(isTrue: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !isTrue() && Date.now() < end;) await sleep(5)
}

const idOf = ({ _msgid }: Message): string => _msgid!
const numbered = (messages: readonly Message[], prefix: string): Message[] =>
  messages.map((message, i) => ({ ...message, _msgid: `${prefix}${i}`, note: { of: [prefix, i] } }))

/** Replaces each text, number and flag by `${NAME}` and tells what the names stand for. */
function asEnvironment(value: unknown, values: Map<string, string>, name: string): unknown {
  if (Array.isArray(value)) return value.map((each, i) => asEnvironment(each, values, `${name}_${i}`))
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
    return Object.fromEntries(
      entries.map(([key, each]) => [key, asEnvironment(each, values, `${name}_${key}`)]),
    )
  }
  if (value === '') return value // an empty variable is none to Node-RED
  values.set(name, String(value))
  return `\${${name}}`
}

describe('manners towards Node-RED', function () {
  this.timeout(30_000)
  let flow: Flow
  afterEach(() => flow?.end())

  it('are tried for every node type, with every setting of its dialog', () => {
    assert.deepEqual(Object.keys(MANNERS).sort(), TYPES.map(({ name }) => name).sort())
    for (const { name } of TYPES) {
      const defaults = Object.keys(definitionOf(name)!.defaults).filter((key) => !['name', 'model', 'version'].includes(key)) // prettier-ignore
      assert.deepEqual(Object.keys(MANNERS[name]!.settings).sort(), defaults.sort(), name)
    }
  })

  for (const { name, type } of TYPES) {
    const { settings, good, bad, sends, digest } = MANNERS[name]!

    /** What the node sends for these messages, alone in a flow, with plain settings. */
    async function alone(messages: readonly Message[]): Promise<unknown[]> {
      flow = await Flow.load(
        [
          { id: 'probed', type, ...settings, wires: [['out'], ['out']] },
          { id: 'out', type: 'helper' },
        ],
        userDirectory(),
      )
      for (const message of messages) flow.send('probed', message)
      await until(() => flow.at('out').length >= sends)
      const sent = flow.at('out').slice(0, sends).map(digest)
      await flow.end()
      return sent
    }

    it(`${name}: Catch gets each bad message once and unchanged, Complete each good one once, Status what is shown`, async () => {
      flow = await Flow.load(
        [
          { id: 'probed', type, ...settings, wires: [[], []] },
          { id: 'catch', type: 'catch', scope: ['probed'], uncaught: false, wires: [['errors']] },
          { id: 'complete', type: 'complete', scope: ['probed'], uncaught: false, wires: [['completed']] },
          { id: 'status', type: 'status', scope: ['probed'], wires: [['states']] },
          ...['errors', 'completed', 'states'].map((id) => ({ id, type: 'helper' })),
        ],
        userDirectory(),
      )
      const fine = numbered(good(1), 'good')
      const wrong = numbered([bad, bad], 'bad')
      const sent = [wrong[0]!, ...fine, wrong[1]!]
      const before = structuredClone(wrong)
      for (const message of sent) flow.send('probed', message)
      await until(() => flow.at('completed').length >= fine.length && flow.at('errors').length >= 2)
      await until(() => flow.at('states').length >= 1)
      await sleep(20) // whatever would come twice
      assert.deepEqual(flow.at('completed').map(idOf).sort(), fine.map(idOf).sort())
      assert.deepEqual(flow.at('errors').map(idOf), wrong.map(idOf))
      for (const [i, caught] of flow.at('errors').entries()) {
        const { error, ...message } = caught
        const { message: text, source } = error as { message: string; source: Record<string, unknown> }
        assert.deepEqual(message, before[i])
        assert.deepEqual([source['id'], source['type'], source['count']], ['probed', type, 1])
        assert.match(text, /msg|channel/)
      }
      const texts = flow.at('states').map((message) => message['status'] as { fill: string; text: string })
      assert.ok(
        texts.some(({ fill, text }) => fill === 'red' && text.length > 0),
        JSON.stringify(texts),
      )
    })

    it(`${name}: works in two instances of a subflow, apart, with every setting from its environment`, async () => {
      const expected = [await alone(good(1)), await alone(good(2))]
      assert.equal(expected[0]!.length, sends)
      const values = new Map<string, string>()
      const inner = asEnvironment(settings, values, 'V') as Record<string, unknown>
      const env = [...values].map(([key, value]) => ({ name: key, type: 'str', value }))
      const instance = (id: string, out: string): FlowDefinition => ({ id, type: 'subflow:sub', env, wires: [[out]] }) // prettier-ignore
      flow = await Flow.load(
        [
          {
            id: 'sub',
            type: 'subflow',
            name: 'sub',
            in: [{ x: 1, y: 1, wires: [{ id: 'inner' }] }],
            out: [{ x: 1, y: 1, wires: [0, 1].map((port) => ({ id: 'inner', port })) }],
          },
          { id: 'inner', type, z: 'sub', ...inner, wires: [[], []] },
          instance('one', 'out1'),
          instance('two', 'out2'),
          { id: 'in1', type: 'helper', wires: [['one']] },
          { id: 'in2', type: 'helper', wires: [['two']] },
          ...['out1', 'out2', 'errors'].map((id) => ({ id, type: 'helper' })),
          { id: 'catch', type: 'catch', scope: null, uncaught: false, wires: [['errors']] },
        ],
        userDirectory(),
      )
      const [first, second] = [good(1), good(2)]
      for (const [i, message] of first.entries()) {
        flow.node('in1').send(message as never)
        flow.node('in2').send(second[i] as never)
      }
      const outs = ['out1', 'out2']
      await until(() => outs.every((id) => flow.at(id).length >= sends))
      const sent = outs.map((id) => flow.at(id).slice(0, sends).map(digest))
      assert.deepEqual(flow.at('errors').map((message) => (message['error'] as Error).message), []) // prettier-ignore
      assert.deepEqual(sent, expected)
    })
  }
})
