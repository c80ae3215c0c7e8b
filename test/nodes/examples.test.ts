import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { exampleFiles } from './example'

describe('every example', () => {
  it('is deployed by a test', () => {
    const tests = readdirSync(__dirname)
      .filter((file) => /^(examples|http)-.*\.test\.ts$/.test(file))
      .map((file) => readFileSync(path.join(__dirname, file), 'utf8'))
    const missing = exampleFiles.filter((file) => !tests.some((text) => text.includes(`'${file}'`)))
    assert.deepEqual(missing, [])
  })
})
