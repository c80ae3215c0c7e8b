/**
 * `npm run bench -- NAME [--json]`: runs bench/NAME.bench.ts on the built package and prints its figures as a table.
 * With --json the last line is {"bench", "figures": [{"name", "value", "unit", "target"}]}; what could not be measured has the value
 * null. A figure that misses its target is marked, and the exit code is 1; one that was skipped is neither met nor missed.
 * --from FOLDER runs a bench of another folder.
 */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { createRequire } from 'node:module'
import { meets, table } from './figures.mjs'
import { ensureInstalled } from './install.mjs'
import { root } from './paths.mjs'

const words = process.argv.slice(2)
const json = words.includes('--json')
const from = words.includes('--from') ? words.splice(words.indexOf('--from'), 2)[1] : 'bench'
const folder = path.resolve(root, from ?? 'bench')
const name = words.find((word) => !word.startsWith('--'))
const known = readdirSync(folder)
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

const { run } = require(path.join(folder, `${name}.bench.ts`))
const say = (text) => (json ? console.error(text) : console.log(text))
const figures = await run({ say, words: words.filter((word) => word !== name && word !== '--json') })

if (!json) console.table(table(figures))
else console.log(JSON.stringify({ bench: name, figures }))
process.exitCode = figures.some((figure) => meets(figure) === false) ? 1 : 0
