import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { packageRoot } from '../node-red'

interface Packed {
  readonly size: number
  readonly files: readonly { readonly path: string }[]
}

describe('the packed package', () => {
  let packed: Packed

  before(() => {
    const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--silent']
    const answer = execFileSync('npm', args, {
      cwd: packageRoot,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    packed = (JSON.parse(answer) as readonly Packed[])[0]!
  })

  it('holds what runs, the examples and its papers, and nothing else', () => {
    const names = packed.files.map((file) => file.path)
    const strange = names.filter(
      (name) =>
        !/^(dist|examples)\/|^(README\.md|CHANGELOG\.md|LICENSE|package\.json|docs\/[\w-]+\.svg)$/.test(name),
    )
    assert.deepEqual(strange, [])
    assert.deepEqual(
      names.filter((name) => /\.(ts|map|log)$|\.test\.|test\//.test(name)),
      [],
    )
    for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE']) assert.ok(names.includes(name), name)
    const readme = readFileSync(path.join(packageRoot, 'README.md'), 'utf8')
    const pictures = [...readme.matchAll(/!\[[^\]]*\]\((?!https?:)([^)\s]+)\)/g)].map(([, file]) => file!)
    assert.ok(pictures.includes('docs/loss-curve.svg'))
    for (const file of pictures) assert.ok(names.includes(file), `${file} is shown in the README`)
  })

  it('is small: less than 1 MB to download', () => {
    assert.ok(packed.size < 1e6, `${packed.size} bytes`)
  })
})

describe('the build', () => {
  const dist = path.join(packageRoot, 'dist')

  it('gives one file for one file: everything that runs is there, by the path of its source', () => {
    const sources = readdirSync(path.join(packageRoot, 'src'), { recursive: true, encoding: 'utf8' })
    const missing = sources
      .filter((file) => /\.(ts|json)$/.test(file) && !/\.d\.ts$|kernels\/assembly\//.test(file))
      .filter((file) => !existsSync(path.join(dist, 'src', file.replace(/\.ts$/, '.js'))))
    assert.deepEqual(missing, [])
  })

  it('loads every file of its own accord', () => {
    const script = `const fs = require('fs'), path = require('path')
      for (const file of fs.readdirSync('dist/src', { recursive: true })) {
        if (file.endsWith('.js') && !/worker/.test(file)) require(path.resolve('dist/src', file))
      }`
    execFileSync(process.execPath, ['-e', script], { cwd: packageRoot })
  })

  it('lets Node-RED translate the texts of the runtime: they lie in the catalogue of the model node', () => {
    const catalogue = JSON.parse(
      readFileSync(path.join(dist, 'nodes/model/locales/en-US/model.json'), 'utf8'),
    ) as {
      readonly label: string
      readonly runtime: Readonly<Record<string, Readonly<Record<string, string>>>>
    }
    assert.equal(typeof catalogue.label, 'string')
    for (const file of readdirSync(path.join(packageRoot, 'src/core/messages/en-US'))) {
      const texts: unknown = JSON.parse(
        readFileSync(path.join(packageRoot, 'src/core/messages/en-US', file), 'utf8'),
      )
      assert.deepEqual(catalogue.runtime[path.basename(file, '.json')], texts)
    }
  })
})

describe('the summary of a run', () => {
  let folder: string

  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'anomaly-summary-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  /** @param shared where the data of other systems would lie */
  function summarise(
    runs: readonly object[],
    shared = path.join(folder, 'absent'),
  ): { readonly last: string; readonly code: number } {
    const file = path.join(folder, 'summary')
    writeFileSync(file, runs.map((run) => `${JSON.stringify(run)}\n`).join(''))
    try {
      const text = execFileSync(process.execPath, [path.join(packageRoot, '.ci/summary.mjs'), file], {
        encoding: 'utf8',
        env: { ...process.env, ANOMALY_SHARED: shared },
      })
      return { last: text.trimEnd().split('\n').at(-1)!, code: 0 }
    } catch (error) {
      const { stdout, status } = error as { stdout: string; status: number }
      return { last: stdout.trimEnd().split('\n').at(-1)!, code: status }
    }
  }

  it('adds up all runs in its last line', () => {
    const first = { passes: 10, failures: 0, skipped: ['scores (needs ../shared)'] }
    assert.deepEqual(summarise([first, { passes: 5, failures: 0, skipped: [] }]), {
      last: '15 passed, 0 failed',
      code: 0,
    })
  })

  it('excuses what waits for data beside the project only where they are missing', () => {
    const run = { passes: 10, failures: 0, skipped: ['scores (needs ../shared)'] }
    assert.deepEqual(summarise([run], folder), { last: '10 passed, 1 failed', code: 1 })
  })

  it('counts a skip without leave as a failure, and nothing at all as one too', () => {
    const run = { passes: 10, failures: 1, skipped: ['cuts a line [skipped: socat is not installed]'] }
    assert.deepEqual(summarise([run]), { last: '10 passed, 2 failed', code: 1 })
    assert.deepEqual(summarise([]), { last: '0 passed, 0 failed', code: 1 })
  })
})
