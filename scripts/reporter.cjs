/**
 * Mocha's `spec` report; then the skipped tests by name, and, where env MOCHA_SUMMARY names a file, one line of JSON there:
 * `{ passes, failures, skipped: [titles] }`.
 */
const { appendFileSync } = require('node:fs')
const { Runner, reporters } = require('mocha')

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    const skipped = []
    runner.on(Runner.constants.EVENT_TEST_PENDING, (test) => skipped.push(test.fullTitle()))
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures } = this.stats
      if (skipped.length > 0) console.log(`Skipped:\n${skipped.map((title) => `  - ${title}`).join('\n')}\n`)
      const file = process.env.MOCHA_SUMMARY
      if (file) appendFileSync(file, `${JSON.stringify({ passes, failures, skipped })}\n`)
    })
  }
}
