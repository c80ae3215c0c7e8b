import assert from 'node:assert/strict'
import type { Locator } from 'playwright-core'
import { startNodeRed, type NodeRedProcess } from '../node-red'
import { needsTool } from '../tools/outside-tool'
import { BROWSER, EditorPage } from './editor-page'

const place = { z: 'tab', wires: [] }
const FLOWS = [
  { id: 'tab', type: 'tab', label: 'sensor' },
  { id: 'chip', type: 'anomaly-imu-source', ...place, x: 200, y: 60, transport: 'i2c', chip: 'mpu6050', i2cRate: '1000', gyroscope: true, temperature: true }, // prettier-ignore
  { id: 'post', type: 'anomaly-imu-source', ...place, x: 200, y: 160, transport: 'http', continuity: 'continuous' }, // prettier-ignore
]

describe('the dialog of imu-source in a browser', function () {
  this.timeout(60_000)
  let nodeRed: NodeRedProcess | undefined
  let editor: EditorPage

  before(async function () {
    needsTool(this, BROWSER)
    nodeRed = await startNodeRed({ flows: FLOWS })
    editor = await EditorPage.open(nodeRed)
  })
  after(async () => {
    await editor?.close()
    await nodeRed?.stop()
  })
  afterEach(() => editor?.closeDialogs())
  afterEach(() => assert.deepEqual(editor?.complaints.splice(0) ?? [], []))

  const choices = (dialog: Locator, id: string): Promise<readonly number[]> =>
    dialog.locator(`#node-input-${id} option`).evaluateAll((options) =>
      options.map((option) => Number((option as HTMLOptionElement).value)),
    ) // prettier-ignore
  const fieldOf = (dialog: Locator, id: string): Locator => dialog.locator(`#node-input-${id}`)

  it('one by one: offers the rates that a timer can keep, and takes the nearest to the one that was set', async () => {
    const dialog = await editor.edit('chip')
    assert.equal(Math.max(...(await choices(dialog, 'i2cRate'))), 1000)
    await fieldOf(dialog, 'reading').selectOption('registers')
    assert.equal(Math.max(...(await choices(dialog, 'i2cRate'))), 250)
    assert.equal(await fieldOf(dialog, 'i2cRate').inputValue(), '250')
    await editor.save()
    assert.equal(await editor.setting('chip', 'i2cRate'), '250')
  })

  it('unticks what the chip lacks, so that it is not saved either', async () => {
    const dialog = await editor.edit('chip')
    assert.equal(await fieldOf(dialog, 'gyroRange').isVisible(), true)
    await fieldOf(dialog, 'chip').selectOption('adxl345')
    assert.equal(await fieldOf(dialog, 'gyroscope').isChecked(), false)
    assert.equal(await fieldOf(dialog, 'temperature').isChecked(), false)
    assert.equal(await fieldOf(dialog, 'gyroRange').isVisible(), false)
    await editor.save()
    assert.equal(await editor.setting('chip', 'gyroscope'), false)
    assert.equal(await editor.setting('chip', 'temperature'), false)
  })

  it('shows the time until NO_DATA that an empty field means', async () => {
    const dialog = await editor.edit('post')
    const shown = (): Promise<string | null> => fieldOf(dialog, 'noDataAfter').getAttribute('placeholder')
    assert.equal(await shown(), '10')
    await fieldOf(dialog, 'continuity').selectOption('separate')
    assert.equal(await shown(), '180')
    await fieldOf(dialog, 'transport').selectOption('i2c')
    assert.equal(await shown(), '10')
  })
})
