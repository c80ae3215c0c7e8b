/**
 * Installs, builds, lints and runs every test: `npm test`. Arguments go to mocha; with a file among them only that file
 * runs and nothing is linted: `npm test -- test/core/wire.test.ts`.
 */
import { build } from './build.mjs'
import { ensureInstalled } from './install.mjs'
import { lint } from './lint.mjs'
import { runNode } from './run.mjs'

const args = process.argv.slice(2)
const some = args.some((arg) => arg.endsWith('.ts'))

ensureInstalled()
await build()
const clean = some || (await lint())
const mocha = ['node_modules/mocha/bin/mocha.js', '--reporter', 'scripts/reporter.cjs', ...args]
const code = runNode(some ? mocha : [...mocha, 'test/**/*.test.ts'])
if (!clean) console.error('The tests are over; lint failed: its complaints stand above them.')
process.exitCode = clean ? code : code || 1
