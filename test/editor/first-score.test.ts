import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { startNodeRed, type NodeRedProcess } from '../node-red'
import { needsTool } from '../tools/outside-tool'
import { BROWSER, EditorPage } from './editor-page'

describe('the first example in a browser', function () {
  this.timeout(120_000)
  let nodeRed: NodeRedProcess | undefined
  let editor: EditorPage

  before(async function () {
    needsTool(this, BROWSER)
    nodeRed = await startNodeRed({ flows: [] })
    editor = await EditorPage.open(nodeRed)
  })

  after(async () => {
    await editor?.close()
    await nodeRed?.stop()
  })

  afterEach(() => assert.deepEqual(editor?.complaints ?? [], []))

  it('is imported by the dialog of the editor, and deployed at a faster pace', async () => {
    await editor.importExample('01 - First score without hardware')
    const { id } = await editor.only('anomaly-simulate')
    const dialog = await editor.edit(id)
    await dialog.locator('#node-input-pace').fill('20')
    await editor.save()
    await editor.deploy()
    assert.equal(await editor.setting(id, 'pace'), '20')
    await editor.showThemes('first-score-deployed')
  })

  it('shows below its nodes that they learn, and then a score', async () => {
    await editor.waitForStatus('anomaly-scaler', /^learning \d+\/60$/)
    await editor.waitForStatus('anomaly-threshold-calibrate', /^learning \d+\/99$/)
    await editor.waitForStatus('anomaly-scaler', /^ready$/)
    await editor.waitForStatus('anomaly-mahalanobis', /^ready$/)
    const status = await editor.waitForStatus('anomaly-threshold-calibrate', /^[▁-█]+ \d+(\.\d+)?$/)
    const score = Number(status.split(' ')[1])
    assert.ok(score > 1 && score < 15, `a normal score, not ${score}`)
    await editor.waitForStatus('anomaly-alert', /^ok$/)
    await editor.showThemes('first-score-normal')
  })

  it('tells, in the canvas and in the debug sidebar, that a coin is taped on', async () => {
    await editor.press('Tape a coin')
    const status = await editor.waitForStatus('anomaly-alert', /^ALERT \d+(\.\d+)?$/, 15_000)
    assert.ok(Number(status.split(' ')[1]) > 9, status)
    const told = await editor.debugMessage('what happened')
    assert.match(told, /fan: anomaly\. Score \d\S*, threshold \d\S*, mostly a[xyz]\./)
    assert.match(await editor.debugMessage('alarm on or off'), /true/)
    await editor.showThemes('first-score-alarm')
  })

  it('saves what was learned to a file, forgets it, and takes it from the file again', async () => {
    const { id } = await editor.only('anomaly-model')
    const dialog = await editor.edit(id)
    const learned = dialog.locator('#anomaly-model-learned')
    await learned.getByText('stream fan').waitFor()
    const before = await learned.innerText()
    assert.match(before, /version 1, .*conformal, threshold \d\S* from 99 windows.*in use/s)

    const [download] = await Promise.all([
      editor.page.waitForEvent('download'),
      dialog.locator('#anomaly-model-export').click(),
    ])
    assert.equal(download.suggestedFilename(), 'first-score.anomaly')
    const file = await download.path()
    assert.ok((await readFile(file)).length > 1000)

    editor.page.once('dialog', (question) => void question.accept())
    await learned.getByRole('button', { name: 'Forget' }).click()
    await learned.getByText('stream fan').waitFor({ state: 'detached' })

    const [chooser] = await Promise.all([
      editor.page.waitForEvent('filechooser'),
      dialog.locator('#anomaly-model-import').click(),
    ])
    await chooser.setFiles({
      name: 'first-score.anomaly',
      mimeType: 'application/octet-stream',
      buffer: await readFile(file),
    })
    await editor.page.getByText('The model was imported and is in use.').waitFor()
    await learned.getByText('stream fan').waitFor()
    const thresholdIn = (text: string): string | undefined => /threshold (\S+) from/.exec(text)?.[1]
    assert.equal(thresholdIn(await learned.innerText()), thresholdIn(before))
    await editor.cancel()
  })
})
