import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Locator } from 'playwright-core'
import { partLine } from '../../src/core/contract'
import { makeScaler } from '../../src/core/scalers/scaler'
import { Bundle } from '../../src/model/bundle'
import { exportOnnx } from '../../src/model/export/onnx'
import { hashPart, type PartFile } from '../../src/model/part'
import { makeAutoencoder } from '../../src/train/autoencoder-learner'
import { readAutoencoderSettings } from '../../src/train/learner-settings'
import { featureFrame, gaussian } from '../nodes/flow'
import { packageRoot, startNodeRed, type NodeRedProcess } from '../node-red'
import { needsTool } from '../tools/outside-tool'
import { faintTexts, flawsOf } from './dialog-flaws'
import { BROWSER, EditorPage, THEMES } from './editor-page'

const MODEL = {
  ...{
    id: 'model',
    type: 'anomaly-model',
    name: '',
    // As the node names it: an environment variable.
    bundle: '${PANEL_MODEL}',
    rows: '',
    calibrationRows: '',
    versions: '',
  },
  version: 1,
}

/** A chain with a model of its own, for files of other programs. */
const at = { z: 'tab', x: 100, y: 100 }
const OTHER = [
  { ...MODEL, id: 'other', bundle: 'press' },
  { id: 'in', type: 'test-in', ...at, wires: [['scaler']] },
  { id: 'scaler', type: 'anomaly-scaler', model: 'other', ...at, wires: [['detector']] },
  { id: 'detector', type: 'anomaly-onnx-autoencoder', model: 'other', ...at, wires: [['out']] },
  { id: 'out', type: 'test-out', ...at, wires: [] },
  { id: 'new', name: 'new', type: 'anomaly-robust-z', ...at, y: 200, wires: [[]] },
  { id: 'known', name: 'known', type: 'anomaly-scaler', model: 'model', ...at, y: 300, wires: [[]] },
  { id: 'idle', name: 'idle', type: 'anomaly-scaler', method: 'none', ...at, y: 400, wires: [[]] },
  { ...MODEL, id: 'sensad', bundle: 'pump' },
  { id: 'rows', type: 'test-in', ...at, wires: [['robust']] },
  { id: 'robust', type: 'anomaly-robust-z', model: 'sensad', ...at, wires: [[]] },
]
const FIXTURES = path.join(packageRoot, 'test', 'model', 'fixtures', 'import')

/** A scaler and an autoencoder that learned for a moment, with a calibration, in a user directory. */
async function learned(userDir: string): Promise<void> {
  const random = gaussian(5)
  const frames = Array.from({ length: 40 }, (_, i) => featureFrame(i, random))
  const input = frames[0]!.contract!
  const bundle = Bundle.open(path.join(userDir, 'edge-anomaly', 'models'), 'fan')
  const scaler = makeScaler({ method: 'standard' })
  const scaling: PartFile = { kind: scaler.line, role: 'scaler', input, ...(await scaler.fit(frames)) }
  const scaled = [...input, partLine(scaler.line, hashPart(scaling))]
  const warnings = [{ key: 'learning.constantChannel', params: { channel: 'az.<b>rms' } }] as const
  const report = { ...scaling.report, warnings }
  await bundle.extend({ topic: 'fan' }, { contract: scaled, complete: false, report, time: 1 }, scaling)
  const autoencoder = makeAutoencoder(readAutoencoderSettings({ epochs: 30 }))
  const fitted = await autoencoder.fit(frames)
  const part: PartFile = { kind: autoencoder.line, role: 'detector', input: scaled, ...fitted }
  const contract = [...scaled, partLine(autoencoder.line, hashPart(part))]
  const calibration = { method: 'conformal', threshold: 2.5, n: 99 }
  const entry = { contract, complete: true, calibration, report: part.report, time: 1 }
  await bundle.extend({ topic: 'fan' }, entry, part)
  const figures = { ...part.report.figures, bestEpoch: 0, medianScore: 0.41236, medianScoreBefore: 1.7 }
  await bundle.extend({ topic: 'again' }, { ...entry, report: { ...part.report, figures } }, part)
}

/** Drops files on the place for it, as from a file manager. */
async function dropped(form: Locator, names: readonly string[]): Promise<void> {
  const files = names.map((name) => ({ name, bytes: [...readFileSync(path.join(FIXTURES, name))] }))
  await form.locator('#anomaly-model-drop').evaluate((zone, given) => {
    const dataTransfer = new DataTransfer()
    for (const { name, bytes } of given) dataTransfer.items.add(new File([Uint8Array.from(bytes)], name))
    const event = (type: string): boolean =>
      zone.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }))
    if (event('dragover') || event('drop')) throw new Error('left to the browser, which opens the file')
  }, files)
}

describe('the dialog of a model that has learned', function () {
  this.timeout(60_000)
  let nodeRed: NodeRedProcess | undefined
  let editor: EditorPage
  let userDir = ''

  before(async function () {
    needsTool(this, BROWSER)
    userDir = mkdtempSync(path.join(os.tmpdir(), 'anomaly-panel-'))
    await learned(userDir)
    nodeRed = await startNodeRed({
      flows: [{ id: 'tab', type: 'tab' }, MODEL, { ...MODEL, id: 'draft', bundle: 'draft' }, ...OTHER],
      userDir,
      env: { PANEL_MODEL: 'fan' },
    })
    editor = await EditorPage.open(nodeRed)
  })
  after(async () => {
    await editor?.close()
    await nodeRed?.stop()
    if (userDir !== '') rmSync(userDir, { recursive: true, force: true })
  })

  it('shows rows, seconds, best epoch, loss curves and the calibration of what is in use', async () => {
    const form = await editor.edit('model')
    const panel = form.locator('#anomaly-model-learned')
    await panel.locator('svg polyline').first().waitFor()
    const text = (await panel.innerText()).replace(/\s+/g, ' ')
    assert.match(text, /stream fan/)
    assert.match(text, /version 1, .* conformal, threshold 2\.5 from 99 windows in use/)
    assert.match(text, /scaler standard: learned from 40 windows/)
    assert.match(
      text,
      /channel az\.<b>rms is constant while learning: a later change of it stands out strongly/,
    )
    const [, epochs] =
      /autoencoder dense medium mse scaled: learned from 40 windows in [\d.]+ s, best epoch \d+ of (\d+), loss [\d.]+; at most 24\.\d MB/.exec(
        text,
      ) ?? []
    assert.match(
      text,
      /trained on with 40 windows in [\d.]+ s, and kept as it was before: none of \d+ epochs was better, loss [\d.]+;/,
    )
    assert.equal(text.split('Median score of these windows: 0.412; by the model of before: 1.7').length, 2)
    const curves = await panel
      .locator('svg polyline')
      .evaluateAll((lines) => lines.map((line) => (line.getAttribute('points') ?? '').split(' ').length))
    assert.deepEqual(curves, new Array(4).fill(Number(epochs)))
    assert.equal(await panel.locator('svg line').count(), 1)
    for (const theme of THEMES) {
      await editor.setTheme(theme)
      assert.deepEqual(await flawsOf(form), [])
      assert.deepEqual(await faintTexts(form), [])
    }
    await editor.cancel()
    assert.deepEqual(editor.complaints, [])
  })

  it('learns at the button of a node, stops at the next press, and asks before something is replaced', async () => {
    const said = (text: string): Promise<void> =>
      editor.page.locator('.red-ui-notification', { hasText: text }).last().waitFor()
    await editor.press('new')
    await said('It learns from the windows that come now.')
    await editor.press('new')
    await said('Learning was given up.')
    const asked: string[] = []
    editor.page.on('dialog', (dialog) => {
      asked.push(dialog.message())
      void (asked.length === 1 ? dialog.dismiss() : dialog.accept())
    })
    for (let i = 0; i < 2; i++) {
      const pressed = editor.page.waitForResponse(/buttons/)
      await editor.press('known')
      await pressed
    }
    await said('It learns from the windows that come now.')
    assert.equal(asked.length, 2)
    assert.match(asked[0]!, /^Learn anew from the windows that come now\?/)
    assert.equal(await editor.page.locator('[id="idle"] .red-ui-flow-node-button').isVisible(), false)
    assert.deepEqual(editor.complaints, [])
  })

  it('shows what was learned while its threshold is still to come, with its report', async () => {
    const random = gaussian(6)
    const frames = Array.from({ length: 40 }, (_, i) => featureFrame(i, random))
    const input = frames[0]!.contract!
    const learner = makeScaler({ method: 'minmax' })
    const part: PartFile = { kind: learner.line, role: 'scaler', input, ...(await learner.fit(frames)) }
    const contract = [...input, partLine(learner.line, hashPart(part))]
    const bundle = Bundle.open(path.join(userDir, 'edge-anomaly', 'models'), 'draft')
    const entry = { contract, complete: false, report: part.report, time: 1 }
    await bundle.extend({ topic: 'fan' }, entry, part)
    const form = await editor.edit('draft')
    const panel = form.locator('#anomaly-model-learned')
    await panel.getByText('not calibrated yet').waitFor()
    const text = (await panel.innerText()).replace(/\s+/g, ' ')
    assert.match(
      text,
      /stream fan Forget learned .*, not calibrated yet scaler minmax.*: learned from 40 windows/,
    )
    assert.doesNotMatch(text, /Use this one|in use/)
    await editor.cancel()
  })

  it('saves the autoencoder as an ONNX file, with weights of 32 or of 8 bits', async () => {
    const form = await editor.edit('model')
    const saved = async (button: string): Promise<{ name: string; bytes: Buffer }> => {
      const [download] = await Promise.all([
        editor.page.waitForEvent('download'),
        form.getByRole('button', { name: button, exact: true }).first().click(),
      ])
      return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) }
    }
    const bundle = Bundle.open(path.join(userDir, 'edge-anomaly', 'models'), 'fan')
    for (const [button, name, int8] of [
      ['Save as ONNX', 'fan.onnx', false],
      ['… in 8 bits', 'fan-int8.onnx', true],
    ] as const) {
      const file = await saved(button)
      assert.equal(file.name, name)
      assert.ok(Buffer.compare(file.bytes, exportOnnx(bundle, { topic: 'fan' }, { int8 })) === 0, name)
    }
    await editor.cancel()
  })

  it('takes in files of other programs, the scaler first, and says what is missing until data has come', async () => {
    const names = ['dense.tflite', 'standard_p5.pkl']
    const choose = async (form: Locator): Promise<void> => {
      const [chooser] = await Promise.all([
        editor.page.waitForEvent('filechooser'),
        form.locator('#anomaly-model-import').click(),
      ])
      await chooser.setFiles(names.map((name) => path.join(FIXTURES, name)))
    }
    const early = await editor.edit('other')
    await early.getByText('Importing files of other programs').click()
    const arriving = early.locator('#anomaly-import-arriving')
    await arriving.getByText('Nothing has reached the nodes of this model yet.').waitFor()
    await choose(early)
    await editor.page.getByText('standard_p5.pkl: nothing has reached the scaler node yet').waitFor()
    await editor.cancel()

    await nodeRed!.send('in', { topic: 'press', payload: { a: 1, b: 2, c: 3, d: 4 } })
    const form = await editor.edit('other')
    await form.getByText('Importing files of other programs').click()
    await form.getByText('scaler gets 1 row(s) of: a, b, c, d').waitFor()
    for (const theme of THEMES) {
      await editor.setTheme(theme)
      assert.deepEqual(await flawsOf(form), [])
      assert.deepEqual(await faintTexts(form), [])
    }
    await form.locator('#anomaly-import-threshold').fill('0.5')
    await choose(form)
    await editor.page
      .getByText('standard_p5.pkl is in use as “scaler given standard”, on 1 row(s) of: a, b, c, d.')
      .waitFor()
    await editor.page.getByText('dense.tflite is in use as “autoencoder given dense 3-2-3-4 mse”').waitFor()
    await editor.page.getByText('Its threshold is 0.5.').waitFor()
    await form.locator('#anomaly-model-learned').getByText('fixed, threshold 0.5 from 0 windows').waitFor()
    await editor.cancel()
    const again = await editor.edit('other')
    await dropped(again, ['dense.tflite', 'standard_p5.pkl'])
    await again.locator('#anomaly-model-learned').getByText('version 4').waitFor()
    await editor.cancel()
    await nodeRed!.send('in', { topic: 'press', i: 1, payload: { a: 1, b: 2, c: 3, d: 4 } })
    const { anomaly } = await nodeRed!.next('out', ({ i }) => i === 1)
    assert.match(
      (anomaly as { contract: readonly string[] }).contract.join(' · '),
      /scaler given standard#\w+ · autoencoder given dense/,
    )
    const refusals = editor.complaints.filter((text) => !/400/.test(text))
    assert.deepEqual(refusals, [])
  })
  it("takes in sensad's baseline.json with the meta.json beside it, and saves both again", async () => {
    const columns = ['temp', 'pressure']
    const baseline = { type: 'baseline_robust_z', columns, med: { temp: 50, pressure: 5 }, mad: { temp: 2, pressure: 0.1 }, threshold: 3, agg: 'max', train_quantile: 0.995 } // prettier-ignore
    const meta = { model: 'baseline', device: 'cpu', n_rows: 240, columns }
    await nodeRed!.send('rows', { payload: { temp: 50, pressure: 5 } })
    const form = await editor.edit('sensad')
    const [chooser] = await Promise.all([
      editor.page.waitForEvent('filechooser'),
      form.locator('#anomaly-model-import').click(),
    ])
    await chooser.setFiles(
      Object.entries({ 'meta.json': meta, 'baseline.json': baseline }).map(([name, content]) => ({
        name,
        mimeType: 'application/json',
        buffer: Buffer.from(JSON.stringify(content)),
      })),
    )
    await editor.page.getByText('baseline.json is in use as “robust-z given max”').waitFor()
    await form.locator('#anomaly-model-learned').getByText('learned from 240 windows').waitFor()
    const saved = new Map<string, unknown>()
    editor.page.on('download', (download) => {
      void download.path().then((file) => saved.set(download.suggestedFilename(), JSON.parse(readFileSync(file, 'utf8')))) // prettier-ignore
    })
    await form.getByRole('button', { name: 'Save for sensad' }).click()
    for (let i = 0; i < 100 && saved.size < 2; i++) await editor.page.waitForTimeout(50)
    assert.deepEqual(Object.fromEntries(saved), { 'baseline.json': baseline, 'meta.json': meta })
    await editor.cancel()
  })
})
