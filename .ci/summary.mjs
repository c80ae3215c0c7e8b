/**
 * Adds up what the runs wrote, one line of JSON each: `{ passes, failures, skipped: [titles] }`. Its last line is
 * `N passed, N failed`; it ends with 1 where anything failed or was skipped without leave.
 */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

const runs = readFileSync(process.argv[2], 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line))

/**
 * Data that are too large, or not ours to give away, lie in a folder beside the project that not everybody has; who has it skips none
 * of them. ONNX's own checker and runtime for Python are in no distribution: where they are missing, the files that they accepted
 * once stand for them.
 */
const shared = process.env.ANOMALY_SHARED ?? path.resolve(import.meta.dirname, '../../shared')
const MAY_SKIP = existsSync(shared)
  ? /\bPython has no onnxruntime\b/i
  : /\bshared\b|\breference data\b|\bPython has no onnxruntime\b/i

const skipped = runs.flatMap((run) => run.skipped)
const refused = skipped.filter((title) => !MAY_SKIP.test(title))
const broken = runs.filter((run) => run.step !== undefined && run.failures > 0)
const passed = runs.reduce((sum, run) => sum + run.passes, 0)
const failed = runs.reduce((sum, run) => sum + run.failures, 0) + refused.length

console.log('')
for (const { step } of broken) console.log(`failed: ${step}`)
for (const title of refused) console.log(`must not be skipped: ${title}`)
for (const title of skipped.filter((title) => MAY_SKIP.test(title))) console.log(`skipped: ${title}`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
