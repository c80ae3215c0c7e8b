import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import helper from 'node-red-node-test-helper'
import type { Report } from '../../src/core/evaluation/report'
import { Flow } from './flow'

describe('buttons on nodes', () => {
  let flow: Flow
  before(() => helper.startServer())
  after(() => helper.stopServer())
  afterEach(() => flow.end())

  const press = (type: string, id: string, button: string): Promise<{ status: number }> => {
    const { request } = helper as unknown as {
      request(): { post(path: string): Promise<{ status: number }> }
    }
    return request.call(helper).post(`/edge-anomaly/buttons/${type}/${id}/${button}`)
  }

  async function arrived(id: string): Promise<void> {
    for (let i = 0; i < 1000 && flow.at(id).length === 0; i++) await sleep(5)
    assert.ok(flow.at(id).length > 0, `nothing arrived at ${id}`)
  }

  it('start and stop record, play replay, and have evaluate report', async () => {
    const userDir = mkdtempSync(path.join(os.tmpdir(), 'anomaly-buttons-'))
    writeFileSync(path.join(userDir, 'table.csv'), 'time,x\n1,7\n2,8\n')
    flow = await Flow.load(
      [
        { id: 'record', type: 'anomaly-record', path: 'data/press', wires: [[], ['files']] },
        { id: 'replay', type: 'anomaly-replay', path: 'table.csv', speed: '0', wires: [['rows'], ['end']] },
        { id: 'evaluate', type: 'anomaly-evaluate', wires: [['reports'], []] },
        ...['files', 'rows', 'end', 'reports'].map((id) => ({ id, type: 'helper' })),
      ],
      userDir,
    )
    assert.equal((await press('anomaly-record', 'record', 'toggle')).status, 200)
    flow.send('record', { payload: { x: 1 } })
    await flow.settle()
    assert.equal((await press('anomaly-record', 'record', 'toggle')).status, 200)
    await arrived('files')
    assert.equal(readdirSync(path.join(userDir, 'data')).length, 1)

    assert.equal((await press('anomaly-replay', 'replay', 'toggle')).status, 200)
    await arrived('end')
    assert.equal(flow.at('rows').length, 2)

    flow.send('evaluate', { payload: 3, label: 'coin' })
    assert.equal((await press('anomaly-evaluate', 'evaluate', 'report')).status, 200)
    await arrived('reports')
    assert.equal((flow.at('reports')[0]!.payload as Report).anomalous, 1)

    assert.ok((await press('anomaly-record', 'record', 'none')).status >= 400)
    assert.ok((await press('anomaly-record', 'replay', 'toggle')).status >= 400)
  })
})
