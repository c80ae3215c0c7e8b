import assert from 'node:assert/strict'
import { OrderStage, type OrderOptions } from '../../src/sources/order'
import type { Timed } from '../../src/sources/row-times'
import type { Samples } from '../../src/sources/samples'

const START = 1_700_000_000_000

function stage(options: Partial<OrderOptions> = {}): OrderStage {
  return new OrderStage({
    clock: 'device',
    counts: 'samples',
    wrap: 0,
    continuity: 'continuous',
    reorder: 0,
    ...options,
  })
}

/** One row per value, at 100 Hz unless said otherwise. */
function samples(values: readonly number[], rest: Partial<Samples> = {}): Samples {
  return { channels: ['x'], rate: 100, rows: values.length, data: Float64Array.from(values), ...rest }
}

const timedRows = (times: readonly number[], rest: Partial<Samples> = {}): Samples =>
  samples(
    times.map((time) => time % 1e6),
    { times: Float64Array.from(times), ...rest },
  )
const countedRows = (counts: readonly number[], rest: Partial<Samples> = {}): Samples =>
  samples(counts, { sequence: Float64Array.from(counts), ...rest })

function values({ pieces }: Timed): number[] {
  return pieces.flatMap(({ data }) => [...data])
}
const starts = ({ pieces }: Timed): number[] => pieces.map(({ start }) => start)
const kinds = ({ events }: Timed): string[] => events.map(({ kind }) => kind)

describe('OrderStage with the device’s clock', () => {
  it('gives regular rows one start, whatever their jitter', () => {
    const out = stage().push(timedRows([0, 10, 21, 29, 40].map((t) => START + t)), START)
    assert.deepEqual([starts(out), out.pieces[0]!.times], [[START], undefined])
    assert.equal(out.pieces[0]!.data.length, 5)
  })

  it('leaves out duplicates and late rows and counts them', () => {
    const order = stage()
    order.push(timedRows([START, START + 10, START + 20]), START)
    const out = order.push(timedRows([START + 10, START + 20, START + 15, START + 30, START + 30]), START)
    assert.deepEqual(starts(out), [START + 30])
    assert.deepEqual([order.duplicates, order.late], [3, 1])
  })

  it('parts rows at a hole and says how many are missing', () => {
    const out = stage().push(timedRows([0, 10, 50, 60].map((t) => START + t)), START)
    assert.deepEqual(starts(out), [START, START + 50])
    assert.deepEqual(out.events, [{ kind: 'gap', from: START + 20, to: START + 50, missing: 3 }])
    assert.equal(out.lost, 3)
  })

  it('finds a hole between two messages', () => {
    const order = stage()
    order.push(timedRows([START]), START)
    assert.equal(order.push(timedRows([START + 10]), START).events.length, 0)
    assert.deepEqual(order.push(timedRows([START + 40]), START).events, [
      { kind: 'gap', from: START + 20, to: START + 40, missing: 2 },
    ])
  })

  it('gives irregular rows their times, and stays with it', () => {
    const order = stage()
    const irregular = Array.from({ length: 40 }, (_, i) => START + i * 10 + (i % 2) * 8)
    const out = order.push(timedRows(irregular), START)
    assert.deepEqual([...out.pieces[0]!.times!], irregular)
    const next = order.push(timedRows([START + 400, START + 410]), START)
    assert.deepEqual([...next.pieces[0]!.times!], [START + 400, START + 410])
  })

  it('gives times where no rate is known', () => {
    const out = stage().push(timedRows([START, START + 500], { rate: undefined }), START)
    assert.deepEqual([...out.pieces[0]!.times!], [START, START + 500])
  })

  it('counts rows on from a single time by the nominal rate', () => {
    const single = samples([1, 2, 3], { times: Float64Array.of(START) })
    assert.deepEqual(starts(stage().push(single, START)), [START])
    const order = stage()
    order.push(single, START)
    assert.deepEqual(starts(order.push(samples([4], { times: Float64Array.of(START + 30) }), START)), [
      START + 30,
    ])
    assert.throws(() => stage().push({ ...single, rate: undefined }, START), {
      name: 'InputError',
      key: 'sources.needsRate',
    })
  })

  it('says that the times are missing', () => {
    assert.throws(() => stage().push(samples([1]), START), { name: 'InputError', key: 'sources.noTimes' })
  })

  for (const [name, shift] of [
    ['back by an hour', -3_600_000],
    ['on by an hour', 3_600_000],
    ['to 1970', -START],
  ] as const) {
    it(`goes on with one warning when the clock is set ${name}`, () => {
      const order = stage()
      const told: string[] = []
      let rows = 0
      for (let i = 0; i < 400; i++) {
        const out = order.push(timedRows([START + i * 10 + (i < 200 ? 0 : shift)]), START + i * 10)
        told.push(...kinds(out))
        rows += values(out).length
      }
      assert.deepEqual(told, ['clockJump'])
      assert.equal(rows, 400)
      assert.equal(order.late, 0)
    })
  }

  it('puts a clock that counts from its own start on the time of arrival', () => {
    const order = stage()
    assert.deepEqual(starts(order.push(timedRows([5000, 5010]), START)), [START - 10])
    assert.ok(Math.abs(starts(order.push(timedRows([5020]), START + 14))[0]! - (START + 10)) < 0.1)
  })

  it('goes on when a 32-bit counter of µs starts over, without a warning', () => {
    const wrap = 2 ** 32 / 1000
    const order = stage({ wrap })
    order.push(timedRows([wrap - 20, wrap - 10]), START)
    const out = order.push(timedRows([0, 10, wrap - 10]), START + 20)
    assert.deepEqual([kinds(out), order.duplicates], [[], 1])
    assert.ok(Math.abs(starts(out)[0]! - (START + 10)) < 0.5)
    assert.deepEqual(kinds(order.push(timedRows([20]), START + 30)), [])
  })

  it('takes rows that go on behind the others for more than 5 s for a clock that was set back', () => {
    const order = stage()
    const told: string[] = []
    let rows = 0
    for (let i = 0; i < 2000; i++) {
      const out = order.push(timedRows([START + i * 10 - (i < 500 ? 0 : 30_000)]), START + i * 10)
      told.push(...kinds(out))
      rows += values(out).length
    }
    assert.deepEqual(told, ['clockJump'])
    assert.equal(rows, 2000 - 501)
    assert.equal(order.late, 502)
  })

  it('never gives a row twice that is sent for ever', () => {
    const order = stage()
    let rows = 0
    for (let i = 0; i < 2000; i++) rows += values(order.push(timedRows([START]), START + i * 10)).length
    assert.equal(rows, 1)
  })

  it('goes on after a restart without giving a row twice', () => {
    const order = stage()
    order.push(timedRows([START, START + 10]), START)
    const again = stage()
    again.restore(JSON.parse(JSON.stringify(order.snapshot())) as ReturnType<OrderStage['snapshot']>)
    const out = again.push(timedRows([START, START + 10, START + 20]), START + 20)
    assert.deepEqual([starts(out), kinds(out), again.duplicates], [[START + 20], [], 2])
  })
})

describe('OrderStage with the device’s count', () => {
  it('leaves out duplicates and late rows, and counts missing ones', () => {
    const order = stage({ clock: 'sequence' })
    assert.deepEqual(values(order.push(countedRows([7, 8, 9]), START)), [7, 8, 9])
    const out = order.push(countedRows([8, 9, 10, 11, 14]), START + 30)
    assert.deepEqual(values(out), [10, 11, 14])
    assert.deepEqual([order.duplicates, out.lost, out.pieces.length], [2, 2, 2])
    assert.ok(Math.abs(starts(out)[1]! - starts(out)[0]! - 40) < 1e-3)
  })

  it('counts on where the count starts over', () => {
    const order = stage({ clock: 'sequence', modulus: 256 })
    const given = [] as number[]
    for (let i = 0; i < 3000; i += 3) {
      const counts = [i, i + 1, i + 2].map((count) => count % 256)
      const out = order.push(
        samples([i, i + 1, i + 2], { sequence: Float64Array.from(counts) }),
        START + i * 10,
      )
      assert.deepEqual(kinds(out), [])
      given.push(...values(out))
    }
    assert.deepEqual(
      given,
      Array.from({ length: 3000 }, (_, i) => i),
    )
  })

  it('counts rows on from a single count, or messages', () => {
    const rows = stage({ clock: 'sequence' })
    rows.push(samples([1, 2, 3], { sequence: Float64Array.of(0) }), START)
    assert.equal(rows.push(samples([4, 5, 6], { sequence: Float64Array.of(5) }), START + 30).lost, 2)
    const messages = stage({ clock: 'sequence', counts: 'messages' })
    messages.push(samples([1, 2, 3], { sequence: Float64Array.of(0) }), START)
    const out = messages.push(samples([4, 5, 6], { sequence: Float64Array.of(2) }), START + 60)
    assert.deepEqual([out.lost, values(out)], [3, [4, 5, 6]])
    assert.deepEqual(
      values(messages.push(samples([4, 5, 6], { sequence: Float64Array.of(2) }), START + 60)),
      [],
    )
    assert.equal(messages.duplicates, 1)
  })

  it('begins anew, with one warning, when the device does', () => {
    const order = stage({ clock: 'sequence' })
    order.push(countedRows([50_000, 50_001]), START)
    const out = order.push(countedRows([0, 1]), START + 20)
    assert.deepEqual([values(out), kinds(out)], [[0, 1], ['deviceRestart']])
    const soon = stage({ clock: 'sequence' })
    soon.push(countedRows([500]), START)
    assert.deepEqual(kinds(soon.push(countedRows([0]), START + 20)), ['deviceRestart'])
  })

  it('begins anew after 5 s where its first counts were lost', () => {
    const early = stage({ clock: 'sequence' })
    const told: string[] = []
    let rows = 0
    for (let i = 0; i < 2000; i++) {
      const result = early.push(countedRows([i < 1000 ? i : i - 990]), START + i * 10)
      told.push(...kinds(result))
      rows += values(result).length
    }
    assert.deepEqual(told, ['deviceRestart'])
    assert.equal(rows, 2000 - 501)
  })

  it('says that the count is missing', () => {
    assert.throws(() => stage({ clock: 'sequence' }).push(samples([1]), START), {
      name: 'InputError',
      key: 'sources.noSequence',
    })
  })
})

describe('OrderStage with the time of arrival', () => {
  const arrivalStage = (rest: Partial<OrderOptions> = {}): OrderStage => stage({ clock: 'arrival', ...rest })

  it('gives batches that follow each other without a gap', () => {
    const order = arrivalStage()
    assert.deepEqual(starts(order.push(samples([1, 2, 3]), START)), [START - 30])
    assert.ok(Math.abs(starts(order.push(samples([4, 5]), START + 20))[0]! - START) < 1e-9)
  })

  it('parts rows where bad ones were left out', () => {
    const out = arrivalStage().push(samples([1, 2, 3], { kept: [0, 1, 4] }), START)
    assert.deepEqual(starts(out), [START - 50, START - 10])
    assert.deepEqual(
      out.events.map(({ missing }) => missing),
      [2],
    )
  })

  it('uses times and counts that the format itself has', () => {
    assert.deepEqual(starts(arrivalStage().push(timedRows([START - 777]), START)), [START - 777])
    assert.equal(arrivalStage().push(countedRows([5, 9]), START).lost, 3)
  })

  it('tells a pause with the number of samples it cost', () => {
    const order = arrivalStage()
    order.push(samples([1]), START)
    assert.deepEqual(order.push(samples([1]), START + 1010).events, [
      { kind: 'gap', from: START, to: START + 1000, missing: 100 },
    ])
  })

  it('keeps recordings apart that are sent one by one, without calling the pause a gap', () => {
    const order = arrivalStage({ continuity: 'separate' })
    const second = (arrival: number): Timed => order.push(samples(new Array<number>(100).fill(0)), arrival)
    assert.deepEqual(starts(second(START)), [START - 1000])
    assert.deepEqual(starts(second(START + 1300)), [START + 300])
    const tight = second(START + 2310)
    assert.ok(starts(tight)[0]! - (START + 1300) > 100)
    assert.deepEqual(tight.events, [])
  })

  it('begins anew where the channels change', () => {
    const order = arrivalStage()
    order.push(samples([1]), START)
    assert.deepEqual(starts(order.push(samples([1, 2], { rows: 1, channels: ['x', 'y'] }), START + 500)), [
      START + 490,
    ])
  })
})

describe('OrderStage with a buffer for late rows', () => {
  it('puts late rows in their place by their time', () => {
    const order = stage({ reorder: 100 })
    const given = [] as number[]
    for (const t of [0, 10, 30, 20, 40, 40, 10, 50])
      given.push(...values(order.push(timedRows([START + t]), START + t)))
    assert.equal(given.length, 0)
    for (let t = 60; t <= 200; t += 10) given.push(...values(order.push(timedRows([START + t]), START + t)))
    given.push(...values(order.tick(START + 1000)))
    assert.deepEqual(
      given,
      Array.from({ length: 21 }, (_, i) => (START + i * 10) % 1e6),
    )
    assert.deepEqual([order.duplicates, order.late], [2, 0])
  })

  it('holds counted rows only where one is missing, and not for ever', () => {
    const order = stage({ clock: 'sequence', reorder: 100 })
    order.push(countedRows([1]), START)
    order.tick(START + 100)
    assert.deepEqual(values(order.push(countedRows([2, 3]), START + 110)), [2, 3])
    assert.deepEqual(values(order.push(countedRows([5, 6]), START + 120)), [])
    assert.deepEqual(values(order.push(countedRows([4]), START + 130)), [4, 5, 6])
    assert.deepEqual(values(order.push(countedRows([8]), START + 140)), [])
    assert.deepEqual(values(order.tick(START + 239)), [])
    const out = order.tick(START + 240)
    assert.deepEqual([values(out), out.lost], [[8], 1])
    assert.deepEqual(values(order.push(countedRows([7]), START + 250)), [])
    assert.equal(order.late, 1)
  })

  it('keeps what it holds over a restart', () => {
    const order = stage({ reorder: 100 })
    order.push(timedRows([START, START + 20]), START)
    const again = stage({ reorder: 100 })
    again.restore(JSON.parse(JSON.stringify(order.snapshot())) as ReturnType<OrderStage['snapshot']>)
    again.push(timedRows([START + 10]), START + 50)
    assert.deepEqual(values(again.tick(START + 1000)).length, 3)
  })
})
