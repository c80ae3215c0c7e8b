import assert from 'node:assert/strict'
import { startNodeRed, type FlowNode, type NodeRedProcess } from '../node-red'
import { needsTool } from '../tools/outside-tool'
import { BROWSER, EditorPage } from './editor-page'

const node = (id: string, y: number, settings: object): FlowNode => ({
  ...{ id, type: 'anomaly-onnx-autoencoder', z: 'tab', x: 300, y, wires: [] },
  ...{ source: 'learn', kind: 'dense', version: 1, ...settings },
})

const FLOWS: readonly FlowNode[] = [
  { id: 'tab', type: 'tab' },
  node('preset', 60, { layers: 'medium' }),
  node('listed', 120, { layers: '64,16' }),
  node('bare', 180, {}),
  node('wrong', 240, { layers: '64, many' }),
  node('few', 300, { rows: '29' }),
  node('chosen', 360, { layers: '64,16' }),
]

describe('the layers of an autoencoder in its dialog', function () {
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

  it('are sound in flows of before, a preset or a list; wrong ones and too few windows are not', async () => {
    const isSound = (id: string): Promise<unknown> => editor.setting(id, 'valid')
    for (const id of ['preset', 'listed', 'bare']) assert.equal(await isSound(id), true, id)
    for (const id of ['wrong', 'few']) assert.equal(await isSound(id), false, id)
  })

  it('stay as they are where the dialog is only looked at', async () => {
    for (const id of ['preset', 'listed', 'bare']) {
      const before = await editor.setting(id, 'layers')
      await editor.edit(id)
      await editor.save()
      assert.equal(await editor.setting(id, 'layers'), before, id)
    }
  })

  it('are chosen as a preset or as a list, with the sizes that come of it', async () => {
    const dialog = await editor.edit('chosen')
    const [choice, field] = [dialog.locator('#anomaly-layers'), dialog.locator('#node-input-layers')]
    const sizes = (): Promise<string | null> => dialog.locator('#anomaly-layers-sizes').textContent()
    assert.equal(await choice.inputValue(), 'list')
    assert.equal(await sizes(), '64 – 16 – 64 units')
    await field.fill('32, many')
    assert.equal(await sizes(), '')
    await choice.selectOption('large')
    assert.equal(await field.isVisible(), false)
    assert.equal(await sizes(), 'at most 256 – 64 – 32 – 64 – 256 units: fewer where a window has few values')
    await dialog.locator('#node-input-kind').selectOption('lstm')
    assert.equal(await sizes(), '64 – 32 – 32 – 64 units')
    await choice.selectOption('list')
    assert.equal(await field.inputValue(), '64, 32')
    await dialog.locator('#node-input-kind').selectOption('conv1d')
    await field.fill('24, 12')
    assert.equal(await sizes(), '24 – 12 – 24 filters')
    await editor.save()
    assert.equal(await editor.setting('chosen', 'layers'), '24, 12')
  })
})
