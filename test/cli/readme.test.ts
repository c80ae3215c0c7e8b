import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { packageRoot } from '../node-red'
import { BINARY, records, scratch } from './edge-anomaly'

describe('the example of the README', function () {
  this.timeout(120_000)
  const file = scratch()

  it('runs line by line, uses every command, and finds the coin', function () {
    if (spawnSync('sh', ['-c', ':']).status !== 0) this.skip()
    const readme = fs.readFileSync(path.join(packageRoot, 'README.md'), 'utf8')
    const [, section = ''] = readme.split('## The terminal\n')
    const [, script = ''] = /```sh\n([\s\S]*?)```/.exec(section) ?? []
    const commands = new Set([...script.matchAll(/edge-anomaly (\w+)/g)].map(([, command]) => command!))
    const all = ['eval', 'export', 'features', 'fit', 'import', 'replay', 'score', 'simulate']
    assert.deepEqual([...commands].sort(), all)
    fs.mkdirSync(file('here'))
    const quoted = [process.execPath, ...BINARY].map((word) => `'${word}'`).join(' ')
    const { status, stderr } = spawnSync('sh', ['-e'], {
      cwd: file('here'),
      input: `edge_anomaly() { ${quoted} "$@"; }\n${script.replaceAll('edge-anomaly', 'edge_anomaly')}`,
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
    const live = records(fs.readFileSync(file('here/live.csv'), 'utf8'))
    // A minute of windows every half second, all with the coin.
    assert.ok(live.length >= 115 && live.length <= 125, String(live.length))
    assert.ok(live.every(({ is_anomaly: flag, end }) => flag === '1' && Number(end) > 60))
    assert.ok(fs.existsSync(file('here/copy/streams')))
  })
})
