import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { BINARY, edgeAnomaly, scratch, succeed } from './edge-anomaly'
import { normalRows } from './recordings'

describe('where scores go', () => {
  const file = scratch()
  const csv = `a,b,c\n${normalRows(300, 1).lines.join('\n')}\n`
  const read = (name: string): string => fs.readFileSync(file(name), 'utf8')
  const score = (...args: string[]): ReturnType<typeof edgeAnomaly> =>
    edgeAnomaly(['score', '--model', file('model'), ...args])

  before(() => {
    fs.writeFileSync(file('in.csv'), csv)
    succeed(['fit', '--input', file('in.csv'), '--model', file('model')])
  })

  it('a file that is read as input is refused, over links too', () => {
    fs.symlinkSync(file('in.csv'), file('link.csv'))
    fs.linkSync(file('in.csv'), file('hard.csv'))
    for (const name of ['in.csv', 'link.csv', 'hard.csv']) {
      const { code, err } = score('--input', file('in.csv'), '--out', file(name))
      assert.match(err, /^edge-anomaly: --out .*csv is read as input too: name another file/)
      assert.equal(code, 1)
      assert.equal(read('in.csv'), csv)
    }
  })

  it('what lay there stays where an input is missing or fails on the way', () => {
    fs.writeFileSync(file('scores.csv'), 'from before\n')
    fs.writeFileSync(file('other.csv'), 'a,b\n1,2\n')
    for (const [second, words] of [
      ['missing.csv', /missing\.csv does not exist/],
      ['other.csv', /other\.csv has no column c/],
    ] as const) {
      const inputs = `${file('in.csv')},${file(second)}`
      const { code, err } = score('--input', inputs, '--out', file('scores.csv'))
      assert.match(err, words)
      assert.equal(code, 1)
      assert.equal(read('scores.csv'), 'from before\n')
      assert.ok(!fs.existsSync(file('scores.csv.part')))
    }
    score('--input', file('in.csv'), '--out', file('scores.csv'))
    assert.equal(read('scores.csv').split('\n').length, 302)
    assert.ok(!fs.existsSync(file('scores.csv.part')))
  })

  it('a link to a file goes on being one', () => {
    fs.writeFileSync(file('target.csv'), '')
    fs.symlinkSync(file('target.csv'), file('to-target.csv'))
    score('--input', file('in.csv'), '--out', file('to-target.csv'))
    assert.ok(fs.lstatSync(file('to-target.csv')).isSymbolicLink())
    assert.equal(read('target.csv').split('\n').length, 302)
  })

  it('a full disk is told in words that are true of it', function () {
    if (!fs.existsSync('/dev/full')) this.skip()
    const { code, err } = score('--input', file('in.csv'), '--out', '/dev/full')
    assert.equal(
      err,
      'edge-anomaly: /dev/full could not be written, because the disk is full: free some space, then run it again\n',
    )
    assert.equal(code, 1)
  })

  it('a file that a stream is scored into grows while it is, and keeps what lay there until then', async () => {
    fs.writeFileSync(file('live.csv'), 'from before\n')
    assert.match(edgeAnomaly(['score', '--model', file('model'), '--input', '-', '--out', file('live.csv')], 'a,b\n1,2\n').err, /no column c/) // prettier-ignore
    assert.equal(read('live.csv'), 'from before\n')
    const child = spawn(process.execPath, [...BINARY, 'score', '--model', file('model'), '--input', '-', '--out', file('live.csv')]) // prettier-ignore
    child.stdin.write('a,b,c\n1,2,3\n')
    while (read('live.csv').split('\n').length < 3 || read('live.csv').startsWith('from'))
      await new Promise((resolve) => setTimeout(resolve, 10))
    child.kill()
    await new Promise((resolve) => child.on('close', resolve))
    assert.match(read('live.csv'), /^start,end,.*\n0,0,,/)
  })
})
