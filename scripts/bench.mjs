/**
 * `npm run bench -- NAME [--json]`: runs bench/NAME.ts on the built package and prints its figures as a table.
 * With --json the last line is {"bench", "figures": [{"name", "value", "unit", "target"}]}.
 * A bench never fails the build: a figure that misses its target is marked, and the exit code is 1.
 */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { createRequire } from 'node:module'
import { ensureInstalled } from './install.mjs'
import { root } from './paths.mjs'

const words = process.argv.slice(2)
const json = words.includes('--json')
const name = words.find((word) => !word.startsWith('--'))
const known = readdirSync(path.join(root, 'bench'))
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -'.bench.ts'.length))

if (name === undefined || !known.includes(name)) {
  console.error(`usage: npm run bench -- NAME [--json]; NAME is one of ${known.join(', ')}`)
  process.exit(2)
}

await ensureInstalled()
const { build } = await import('./build.mjs')
await build()
const require = createRequire(import.meta.url)
require('tsx/cjs')

const { run } = require(path.join(root, 'bench', `${name}.bench.ts`))
const say = (text) => (json ? console.error(text) : console.log(text))
const figures = await run({ say, words: words.filter((word) => word !== name && word !== '--json') })

const meets = ({ value, target }) => {
  if (target === undefined) return undefined
  const [, sign, limit] = /^(>=|<=|>|<|==)\s*(.+)$/.exec(target)
  const bound = Number(limit)
  return {
    '>=': value >= bound,
    '<=': value <= bound,
    '>': value > bound,
    '<': value < bound,
    '==': value === bound,
  }[sign]
}
const shown = figures.map((figure) => ({
  figure: figure.name,
  value: typeof figure.value === 'number' ? Number(figure.value.toPrecision(4)) : 'skipped',
  unit: figure.unit ?? '',
  target: figure.target ?? '',
  met: { true: 'yes', false: 'NO', undefined: '' }[String(meets(figure))],
}))
if (!json) console.table(shown)
else console.log(JSON.stringify({ bench: name, figures }))
process.exitCode = figures.some((figure) => meets(figure) === false) ? 1 : 0
