/** Types, rules, format: `node scripts/lint.mjs`. All three speak, also where the first one fails. */
import { pathToFileURL } from 'node:url'
import { runQuietly } from './run.mjs'

const CHECKS = {
  tsc: ['node_modules/typescript/bin/tsc', '-p', '.'],
  eslint: ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings=0'],
  prettier: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
}

/** True where nothing is wrong. */
export async function lint() {
  const results = await Promise.all(
    Object.entries(CHECKS).map(async ([name, args]) => ({ name, ...(await runQuietly(args)) })),
  )
  for (const { name, code, output } of results) {
    console.log(`${name}: ${code === 0 ? 'fine' : 'failed'}`)
    if (code !== 0) console.log(output)
  }
  return results.every(({ code }) => code === 0)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (!(await lint())) process.exitCode = 1
}
