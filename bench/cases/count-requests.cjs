/** Loaded before a test: counts what it asks of a flow by HTTP, and writes the count to the file that REQUESTS_REPORT names. */
const { writeFileSync } = require('node:fs')

let count = 0
const { fetch } = globalThis
globalThis.fetch = (url, options) => {
  if (/\/(api\/|health$)/.test(String(url))) count++
  return fetch(url, options)
}
process.on('exit', () => writeFileSync(process.env.REQUESTS_REPORT, String(count)))
