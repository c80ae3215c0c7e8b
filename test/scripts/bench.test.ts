import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { packageRoot } from '../node-red'

describe('npm run bench', function () {
  this.timeout(120_000)
  let folder: string

  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'anomaly-bench-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  /** Runs a bench that gives these figures; what it prints, and its exit code. */
  function bench(
    figures: readonly object[],
    ...options: readonly string[]
  ): { text: string; code: number | null } {
    const code = `exports.run = async ({ say }) => { say('measuring'); return ${JSON.stringify(figures)} }`
    writeFileSync(path.join(folder, 'tiny.bench.ts'), code)
    const script = path.join(packageRoot, 'scripts', 'bench.mjs')
    const run = spawnSync(process.execPath, [script, 'tiny', '--from', folder, ...options], {
      encoding: 'utf8',
    })
    return { text: run.stdout, code: run.status }
  }
  const met = { name: 'met', value: 0.96, target: '>=0.95' }
  const missed = { name: 'missed', value: 1.2, unit: 'µs', target: '<=1' }
  const skipped = { name: 'skipped for want of a tool', value: null, target: '<=1' }

  it('marks what was met and what was skipped, and is content', () => {
    const { text, code } = bench([met, skipped, { name: 'without a target', value: 12345.678 }])
    assert.match(text, /measuring/)
    assert.match(text, /'met' +│ 0\.96 +│ '' +│ '>=0\.95' +│ 'yes' +│/)
    assert.match(text, /'skipped for want of a tool' +│ 'skipped' +│ '' +│ '<=1' +│ 'skipped' +│/)
    assert.match(text, /'without a target' +│ 12350 +│ '' +│ '' +│ '' +│/)
    assert.equal(code, 0)
  })

  it('marks what was missed, and ends with 1', () => {
    const { text, code } = bench([met, missed])
    assert.match(text, /'missed' +│ 1\.2 +│ 'µs' +│ '<=1' +│ 'NO' +│/)
    assert.equal(code, 1)
  })

  it('with --json, prints the figures as its last line and all else beside them', () => {
    const { text, code } = bench([met, skipped, missed], '--json')
    assert.deepEqual(JSON.parse(text.trim().split('\n').at(-1)!), {
      bench: 'tiny',
      figures: [met, skipped, missed],
    })
    assert.doesNotMatch(text, /measuring/)
    assert.equal(code, 1)
  })

  it('lists the benches where it is given none', () => {
    const script = path.join(packageRoot, 'scripts', 'bench.mjs')
    const { stderr, status } = spawnSync(process.execPath, [script], { encoding: 'utf8' })
    assert.match(stderr, /NAME is one of .*pipeline.*quality/)
    assert.equal(status, 2)
  })
})

describe('the quality bench without the data sets', () => {
  it('has every figure with its target, not measured', () => {
    const script = `require('tsx/cjs'); require('./bench/quality.bench.ts').run({ say() {}, words: [] }).then((figures) => console.log(JSON.stringify(figures)))`
    const { stdout } = spawnSync(process.execPath, ['-e', script], {
      cwd: packageRoot,
      encoding: 'utf8',
      env: { ...process.env, ANOMALY_SHARED: '/nowhere' },
    })
    const figures = JSON.parse(stdout) as { name: string; value: null; target?: string }[]
    assert.ok(figures.every(({ value }) => value === null))
    const targets = Object.fromEntries(figures.map(({ name, target }) => [name, target]))
    for (const group of ['low_1', 'med_0', 'med_1', 'high_0', 'high_1'])
      assert.deepEqual(
        [targets[`still ROC-AUC ${group}`], targets[`still recall ${group}`]],
        ['>=0.999', '>=0.99'],
      )
    assert.equal(targets['moving ROC-AUC pooled'], '>=0.95')
    assert.deepEqual([targets['still far_p'], targets['moving far_p']], ['>=0.01', '>=0.01'])
    assert.equal(targets['still conformal at 0.02 with n = 146: mean FAR'], '<=0.02')
    assert.equal(targets['moving conformal at 0.05 with n = 75: mean FAR'], '<=0.05')
    for (const study of ['still pac at 0.02 with n = 146', 'moving pac at 0.05 with n = 75'])
      assert.equal(targets[`${study}: true rate above ${study.split(' ')[3]}`], '<=0.1')
  })
})
