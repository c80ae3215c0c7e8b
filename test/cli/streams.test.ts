import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { once } from 'node:events'
import { BINARY, scratch, succeed } from './edge-anomaly'
import { normalRows } from './recordings'

const BLOCK = 20_000
const MB = 1024 * 1024
/** Room for what lives on, MB: what it keeps for itself, and not 16 bytes of each row. */
const HEAP = 40

/** Scores a generated stream in a process of its own; gives the lines that came back and the most memory that it had. */
async function stream(model: string, hook: string, rows: number): Promise<{ lines: number; peak: number }> {
  const { lines: sample } = normalRows(BLOCK, 3)
  const block = `${sample.join('\n')}\n`
  const child = spawn(process.execPath, [
    `--max-old-space-size=${HEAP}`,
    '--require',
    hook,
    ...BINARY,
    'score',
    '--model',
    model,
    '--input',
    '-',
  ])
  let lines = 0
  let told = ''
  child.stdout.on('data', (piece: Buffer) => {
    for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) lines++
  })
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (told += piece))
  child.stdin.write('a,b,c\n')
  for (let sent = 0; sent < rows; sent += BLOCK)
    if (!child.stdin.write(block)) await once(child.stdin, 'drain')
  child.stdin.end()
  const code = await new Promise((resolve) => child.on('close', resolve))
  assert.equal(code, 0, told)
  return { lines, peak: Number(/peak (\d+)/.exec(told)![1]) * 1024 }
}

describe('a stream of any length', function () {
  this.timeout(300_000)
  const file = scratch()

  for (const [name, options] of [
    ['rows', []],
    ['windows with features', ['--window', '50', '--hop', '25', '--rate', '50']],
  ] as const) {
    it(`is scored in constant memory: ${name}`, async () => {
      const hook = file('hook.js')
      fs.writeFileSync(
        hook,
        `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS + '\\n'))`,
      )
      const model = file(name.split(' ')[0]!)
      const train = `a,b,c\n${normalRows(10_000, 1).lines.join('\n')}\n`
      succeed(['fit', '--input', '-', '--model', model, ...options], train)
      const short = await stream(model, hook, 500_000)
      const long = await stream(model, hook, 2_000_000)
      const perRow = options.length === 0 ? 1 : 25
      assert.ok(Math.abs(long.lines - 2_000_000 / perRow) <= 2, String(long.lines))
      assert.ok(long.peak < short.peak + 40 * MB, `${short.peak / MB} MB became ${long.peak / MB} MB`)
      assert.ok(long.peak < 250 * MB, `${long.peak / MB} MB`)
    })
  }

  it('is learned from in bounded memory, evenly spread over all of it', () => {
    const { lines } = normalRows(150_000, 5)
    const summary = JSON.parse(
      succeed(['fit', '--json', '--input', '-', '--model', file('long')], `a,b,c\n${lines.join('\n')}\n`),
    ) as { learned: { windows: number }[]; calibration: { n: number } }
    // 150,000 rows leave every fourth: 37,500, of which 60 % are learned from.
    assert.equal(summary.learned[0]!.windows + summary.calibration.n, 37_500)
    assert.equal(summary.learned[0]!.windows, 22_500)
  })
})
