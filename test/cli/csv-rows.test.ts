import assert from 'node:assert/strict'
import { Random } from '../../src/core/random'
import { readRows } from '../../src/cli/csv/read-rows'
import type { Wanted } from '../../src/cli/csv/columns'

interface Read {
  channels: readonly string[]
  rows: (readonly number[])[]
  bad: number[]
  texts: string[][]
}

/** Reads a text that arrives in pieces of `size` bytes. */
async function read(text: string | Buffer, wanted: Wanted = {}, size = 1 << 20): Promise<Read> {
  const bytes = Buffer.from(text)
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size))
  }
  const result: Read = { channels: [], rows: [], bad: [], texts: [] }
  await readRows({ name: 'x.csv', chunks: chunks() }, wanted, {
    begin(plan) {
      result.channels = plan.channels
    },
    rows(block) {
      const width = block.plan.channels.length
      for (let i = 0; i < block.rows; i++) {
        if (block.isBad[i] === 1) result.bad.push(block.first + i)
        result.rows.push(Array.from(block.values.subarray(i * width, (i + 1) * width)))
        result.texts.push(block.texts.map((column) => column[i]!))
      }
    },
  })
  return result
}

describe('rows of a CSV file', () => {
  it('take the begin of a recorded window, and its topic, for no channel', async () => {
    const { channels } = await read('time,x,window_start,topic,label\n1,2,1,fan,ok\n')
    assert.deepEqual(channels, ['x'])
  })

  it('are the floats next to what is written, whatever the form of the numbers', async () => {
    const random = new Random(1)
    const texts = Array.from({ length: 20_000 }, (_, i) => {
      const value = random.normal() * 10 ** Math.floor(random.next() * 40 - 20)
      const forms = [
        String(value),
        value.toExponential(i % 18),
        value.toPrecision(1 + (i % 21)),
        ` ${value} `,
        `+${Math.abs(value)}`,
        String(Math.round(value)),
      ]
      return forms[i % forms.length]!
    })
    const { rows, bad } = await read(`a,b\n${texts.map((text) => `${text},1`).join('\n')}\n`)
    assert.deepEqual(bad, [])
    texts.forEach((text, i) => assert.equal(rows[i]![0], Math.fround(Number(text)), text))
  })

  it('rounds a long decimal that lies next to the middle of two floats as Number does', async () => {
    const middles = [1.00000005960464477539, 16777217, 0.1]
    const texts = middles.flatMap((middle) => [
      middle.toPrecision(21),
      `${middle.toPrecision(20)}1`,
      '1.000000059604644775390624',
      '1.000000059604644775390626',
    ])
    const { rows } = await read(`a,b\n${texts.map((text) => `${text},0`).join('\n')}\n`)
    texts.forEach((text, i) => assert.equal(rows[i]![0], Math.fround(Number(text)), text))
  })

  it('are the same wherever the bytes are parted, with quotes, CRLF, BOM and no last line feed', async () => {
    const text =
      '\uFEFFtime,"x, y",note,z\r\n1,0.5,"a ""b""\nc",2\r\n\r\n2,-1e3,ü,3\r\n3,.25,"d,e",4\r\n4,1,"",5\r\n5,7,,8'
    const whole = await read(text, { channels: ['z'], carry: true })
    assert.deepEqual(whole.rows, [[2], [3], [4], [5], [8]])
    assert.deepEqual(
      whole.texts.map(([time, xy, note]) => [time, xy, note]),
      [
        ['1', '0.5', 'a "b"\nc'],
        ['2', '-1e3', 'ü'],
        ['3', '.25', 'd,e'],
        ['4', '1', ''],
        ['5', '7', ''],
      ],
    )
    for (let size = 1; size <= 40; size++) {
      assert.deepEqual(await read(text, { channels: ['z'], carry: true }, size), whole, `${size} bytes`)
    }
  })

  it('are the same from 1 byte at a time without quotes', async () => {
    const text = 'g;a;b\nx;1.5;2\ny;-3;4e1\n'
    const expected = {
      channels: ['a', 'b'],
      rows: [
        [1.5, 2],
        [-3, 40],
      ],
      bad: [],
      texts: [['x'], ['y']],
    }
    for (const size of [1, 2, 3, 5, 100]) assert.deepEqual(await read(text, { group: 'g' }, size), expected)
  })

  it('are marked where a cell is missing, no number, too large, or the line has another width', async () => {
    const { bad } = await read('a,b\n1,2\n,2\nNaN,2\n1,x\n1,1e39\n1\n1,2,3\n0x10,1\n1,Infinity\n3,4\n')
    assert.deepEqual(bad, [1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('leave labels, the time and columns without a name out of the channels', async () => {
    const { channels, texts } = await read(',timestamp,a,label,b\n0,2026-01-01,1,0,2\n')
    assert.deepEqual(channels, ['a', 'b'])
    assert.deepEqual(texts, [['2026-01-01']])
    assert.deepEqual((await read('time,a\n1,2\n', { channels: ['time', 'a'] })).channels, ['time', 'a'])
    assert.deepEqual((await read('time,a\n1,2\n', { time: 'none' })).channels, ['time', 'a'])
  })

  it('need a header', async () => {
    await assert.rejects(read('1,2\n3,4\n'), /no header/)
    await assert.rejects(read(''), /no rows/)
    await assert.rejects(read('\n\n'), /no rows/)
    await assert.rejects(read('a,b\n1,2\n', { channels: ['c'] }), /no column c/)
    assert.deepEqual((await read('a,b')).rows, [])
  })

  it('do not fill the memory with a quote that is never closed', async () => {
    const endless = Buffer.concat([Buffer.from('a,b\n1,"'), Buffer.alloc(20_000_000, 'x\n')])
    await assert.rejects(read(endless, {}, 1 << 20), /never closed/)
  })
})
