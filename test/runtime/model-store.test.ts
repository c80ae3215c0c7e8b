import assert from 'node:assert/strict'
import fs from 'node:fs'
import { ModelStore } from '../../src/runtime/model-store'
import { temporaryFolder } from '../model/temporary-folder'

const STREAM = { topic: 'fan' }

describe('the models of a runtime', () => {
  let root = ''
  beforeEach(() => void (root = temporaryFolder()))
  afterEach(() => fs.rmSync(root, { recursive: true, force: true }))

  it('keep as many versions as was last asked for, without a restart', async () => {
    const store = new ModelStore(root)
    let threshold = 1
    const learn = async (times: number): Promise<readonly number[]> => {
      for (let i = 0; i < times; i++, threshold++)
        await store.bundle('fan').extend(STREAM, {
          contract: ['channels ax'],
          complete: true,
          calibration: { method: 'fixed', threshold, n: 1 },
          time: i,
        })
      return store
        .bundle('fan')
        .versions(STREAM)
        .map(({ version }) => version)
    }
    // The dialog may have been the first to open it, and asks for nothing.
    assert.deepEqual(await learn(7), [3, 4, 5, 6, 7])
    store.bundle('fan', 2)
    assert.deepEqual(await learn(1), [7, 8])
    store.bundle('fan', 3)
    assert.deepEqual(await learn(2), [8, 9, 10])
  })
})
