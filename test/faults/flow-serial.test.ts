import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { startNodeRed, type NodeRedProcess } from '../node-red'
import { needsTool } from '../tools/outside-tool'
import { SerialPair } from '../tools/serial-pair'
import {
  arrived,
  assertEachWindowScoredOnce,
  CLOCKS,
  eventOf,
  logged,
  sampleOf,
  samplesAt,
  timeOf,
  timesShown,
  until,
  UNTIL_LIVE,
  verdictOf,
  wholeFlow,
  WINDOW,
  type Sample,
} from './whole-flow'

const CUTS = 10
/** Samples that the device measures between two cuts; no whole number of windows. */
const BETWEEN = 50
/** Samples that it repeats after a cut, since it does not know what arrived. */
const REPEATED = 15
/** Samples that a device without a memory loses at a cut: longer than what a clock may be off. */
const LOST = 150
const LINE_RATE = 1000

const line = ({ n, ax, ay, az }: Sample): string => `${n},${timeOf(n, LINE_RATE)},${ax},${ay},${az}\n`

describe('a whole flow and a serial line that is cut', function () {
  this.timeout(60_000)
  let nodeRed: NodeRedProcess | undefined
  let pair: SerialPair
  beforeEach(() => {
    pair = new SerialPair()
  })

  before(function () {
    needsTool(this, 'socat')
  })
  afterEach(async () => {
    await nodeRed?.stop()
    await pair.stop()
  })

  for (const [name, clock] of Object.entries(CLOCKS)) {
    it(`${CUTS} cuts, samples with a ${name} clock: goes on by itself, each told once, every line that arrived scored exactly once, no window across a hole`, async () => {
      const source = {
        transport: 'serial',
        serialPath: pair.port,
        format: 'csv',
        channels: ['ax', 'ay', 'az'].map((name, i) => ({ name, from: `${i + 3}`, unit: 'g' })),
        ...clock,
        ...('timeField' in clock ? { timeField: '2' } : { sequenceField: '1' }),
        rate: `${LINE_RATE}`,
      }
      await pair.plug()
      nodeRed = await startNodeRed({ flows: wholeFlow(source) })
      await nodeRed.waitForLog(/connected to/)
      const sent: Sample[] = []
      /** Numbers after which some are missing. */
      const holes: number[] = []
      let next = 0
      const write = async (samples: readonly Sample[]): Promise<void> => {
        for (let i = 0; i < samples.length; i += 10) {
          await pair.write(
            samples
              .slice(i, i + 10)
              .map(line)
              .join(''),
          )
          await sleep(10) // a device measures in real time
        }
      }
      const measure = async (count: number, shake = 1): Promise<void> => {
        const fresh = Array.from({ length: count }, () => sampleOf(next++, shake))
        sent.push(...fresh)
        await write(fresh)
        await arrived(nodeRed!, fresh.at(-1)!) // nothing of it is on the line any more
      }

      await pair.write('0.5,0.25\n') // a source that is opened in mid-stream begins with the rest of a line
      await measure(UNTIL_LIVE)
      for (let cut = 1; cut <= CUTS; cut++) {
        await measure(BETWEEN)
        // In the middle of a line: its head must not be joined to what comes after the cut, nor its tail be taken for a line.
        const cutLine = line(sampleOf(next))
        await pair.write(cutLine.slice(0, 12))
        await pair.unplug()
        await nodeRed.waitForLog(new RegExp(`(cannot be used[^]*){${cut}}`))
        await until('red status', () => timesShown(nodeRed!, 'disconnected') === cut)
        const isForgetful = cut % 2 === 0
        if (isForgetful) {
          holes.push(next)
          next += LOST
        }
        await pair.plug()
        await nodeRed.waitForLog(new RegExp(`(connected again[^]*){${cut}}`))
        await pair.write(cutLine.slice(12))
        if (!isForgetful) await write(sent.slice(-REPEATED))
      }
      await measure(BETWEEN)
      const strange = 200
      await measure(strange, 8)
      await nodeRed.next('events', (message) => eventOf(message)['kind'] === 'begin')

      // Windows start anew behind each hole; what is left of the stretch before it belongs to none.
      const inWindows: number[] = []
      const stretch: number[] = []
      for (const { n } of sent) {
        if (holes.includes(n - LOST)) stretch.length = 0
        stretch.push(n)
        if (stretch.length === WINDOW) inWindows.push(...stretch.splice(0))
      }
      await nodeRed.firstMessages('verdicts', inWindows.length / WINDOW)
      assert.equal(sent.length, UNTIL_LIVE + (CUTS + 1) * BETWEEN + strange)
      assert.deepEqual(
        samplesAt(nodeRed, 'samples', sent),
        sent.map(({ n }) => n),
      )
      assert.deepEqual(samplesAt(nodeRed, 'windows', sent), inWindows)
      assertEachWindowScoredOnce(nodeRed)
      assert.equal(nodeRed.messages('verdicts').map(verdictOf).at(-1)?.reason, 'ANOMALY')

      assert.equal(logged(nodeRed, /\[warn\] .*serial port .*port cannot be used/).length, CUTS)
      assert.equal(logged(nodeRed, /connected again to .*port/).length, CUTS)
      assert.equal(timesShown(nodeRed, 'disconnected'), CUTS)
      assert.deepEqual(nodeRed.messages('errors'), [])
    })
  }
})
