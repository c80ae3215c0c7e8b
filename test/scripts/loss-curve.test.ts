import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { lossCurve } from '../../scripts/loss-curve'
import { packageRoot } from '../node-red'
import { buildKernels } from '../train/build-kernels'

describe('the picture of a training in the README', () => {
  before(buildKernels)

  it('is what the code draws today: node --require tsx/cjs scripts/loss-curve.ts', async () => {
    const picture = await lossCurve()
    assert.equal(readFileSync(path.join(packageRoot, 'docs', 'loss-curve.svg'), 'utf8'), picture)
    const best = Number(/best epoch: (\d+)/.exec(picture)?.[1])
    assert.ok(readFileSync(path.join(packageRoot, 'README.md'), 'utf8').includes(`lowest at epoch ${best}]`))
  })
})
