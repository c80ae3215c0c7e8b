import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { deployedExamples, exampleFiles, readExample } from './example'

/** What must be there once only in a Node-RED that has all examples. */
function claims(file: string): readonly string[] {
  return readExample(file).flatMap((node) => {
    const { type, bundle, transport, httpPort } = node as Readonly<Record<string, unknown>>
    const claimed = [`node ${node.id}`]
    if (type === 'anomaly-model') claimed.push(`model ${String(bundle)}`)
    if (transport === 'http') claimed.push(`port ${String(httpPort)}`)
    return claimed
  })
}

describe('the examples together', () => {
  it('share no node, no model and no port', () => {
    const owners = new Map<string, string[]>()
    for (const file of exampleFiles)
      for (const claim of claims(file)) owners.set(claim, [...(owners.get(claim) ?? []), file])
    assert.deepEqual(
      [...owners].filter(([, files]) => files.length > 1),
      [],
    )
  })
})

/** Tests of a suite and of those below it. */
function testsOf(suite: Mocha.Suite): readonly Mocha.Test[] {
  return [...suite.tests, ...suite.suites.flatMap(testsOf)]
}

// After the last test of the run; where only some tests were run, there is nothing to say.
after('every example was deployed by a test of its own', function () {
  const tests = testsOf(this.test!.parent!)
  const own = readdirSync(__dirname)
    .filter((file) => /^(examples|http)-.*\.test\.ts$/.test(file) && !file.startsWith('examples-together'))
    .map((file) => path.join(__dirname, file))
  const isWhole = own.every((file) => {
    const found = tests.filter((test) => test.file === file)
    return found.length > 0 && found.every((test) => test.isPassed() || test.isFailed())
  })
  if (!isWhole) return
  assert.deepEqual(
    exampleFiles.filter((file) => !deployedExamples.has(file)),
    [],
  )
})
