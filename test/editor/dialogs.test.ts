import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { packageRoot, startNodeRed, type NodeRedProcess } from '../node-red'
import { needsTool } from '../tools/outside-tool'
import { changeFields, readFields, checkNumbers } from './dialog-fields'
import { emptyChoices, faintTexts, flawsOf } from './dialog-flaws'
import { BROWSER, EditorPage, THEMES } from './editor-page'

const manifest = JSON.parse(readFileSync(path.join(packageRoot, 'package.json'), 'utf8')) as {
  readonly 'node-red': { readonly nodes: Readonly<Record<string, string>> }
}
const types = Object.keys(manifest['node-red'].nodes)

const MODEL = { type: 'anomaly-model', name: '', rows: '', calibrationRows: '', versions: '', version: 1 }
/** Where config nodes are asked for there is a choice of two. */
const FLOWS = [
  { id: 'tab', type: 'tab', label: 'every node' },
  { id: 'fan', ...MODEL, bundle: 'fan' },
  { id: 'pump', ...MODEL, bundle: 'pump' },
  { id: 'here', type: 'mqtt-broker', name: 'here', broker: '127.0.0.1', port: '1', autoConnect: false },
  { id: 'there', type: 'mqtt-broker', name: 'there', broker: '127.0.0.1', port: '1', autoConnect: false },
]

describe('every dialog in a browser', function () {
  this.timeout(60_000)
  let nodeRed: NodeRedProcess | undefined
  let editor: EditorPage
  const ids = new Map([['anomaly-model', 'fan']])
  let guardedNumbers = 0

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

  it('belongs to a node that is dragged from the palette, where its icon is, and deployed', async () => {
    for (const [index, type] of types.filter((name) => name !== 'anomaly-model').entries()) {
      const icon = await editor.paletteIcon(type)
      assert.ok(icon.width > 0 && icon.url.endsWith(`/${type}.svg`), `${type}: ${JSON.stringify(icon)}`)
      ids.set(type, await editor.drop(type, 40 + 250 * (index % 3), 30 + 70 * Math.floor(index / 3)))
    }
    await editor.deploy()
    assert.deepEqual(
      (await editor.nodes()).filter(({ isChanged }) => isChanged),
      [],
    )
  })

  for (const type of types) {
    it(`${type}: speaks, keeps what is changed, and changes nothing by itself`, async () => {
      const id = ids.get(type)!
      let dialog = await editor.edit(id)
      assert.deepEqual(await flawsOf(dialog), [])
      for (const theme of THEMES) {
        await editor.setTheme(theme)
        assert.deepEqual(await faintTexts(dialog), [], theme)
      }
      await editor.setTheme('light')
      await editor.save()
      assert.equal((await editor.node(id)).isChanged, false, 'Done without a change')

      dialog = await editor.edit(id)
      const { guarded, unguarded } = await checkNumbers(dialog)
      assert.deepEqual(unguarded, [], 'fields that take "many" for a number')
      guardedNumbers += guarded.length
      const before = await readFields(dialog)
      await changeFields(dialog)
      const changed = await readFields(dialog)
      assert.notDeepEqual(changed, before)
      await editor.save()
      assert.equal((await editor.node(id)).isChanged, true, 'Done with a change')

      dialog = await editor.edit(id)
      assert.deepEqual(await readFields(dialog), changed)
      await editor.cancel()

      const help = await editor.help(type)
      assert.ok(help.length > 200 && !/undefined|data-i18n/.test(help), help)
    })
  }

  it('anomaly-imu-source: asks for the fields of time and count only where the format does not bring its own', async () => {
    const dialog = await editor.edit(ids.get('anomaly-imu-source')!)
    await dialog.locator('#node-input-transport').selectOption('message')
    const shown: string[] = []
    for (const format of ['json', 'pi-metrics', 'gyro-log', 'binary', 'csv']) {
      await dialog.locator('#node-input-format').selectOption(format)
      for (const [clock, field] of [
        ['device', 'timeField'],
        ['sequence', 'sequenceField'],
      ] as const) {
        await dialog.locator('#node-input-clock').selectOption(clock)
        if (await dialog.locator(`#node-input-${field}`).isVisible()) shown.push(`${format} ${field}`)
      }
    }
    await editor.cancel()
    assert.deepEqual(shown, ['json timeField', 'json sequenceField', 'csv timeField', 'csv sequenceField'])
  })

  it('shows the default of a setting that a flow lacks, of all nodes', async () => {
    const bare = types.filter((type) => type !== 'anomaly-model')
    const place = (i: number): object => ({ z: 'tab', x: 800, y: 40 * i, wires: [] })
    await nodeRed!.deploy([...FLOWS, ...bare.map((type, i) => ({ id: `bare ${type}`, type, ...place(i) }))])
    const reopened = await EditorPage.open(nodeRed!)
    try {
      for (const type of bare) {
        assert.deepEqual(await reopened.missingSettings(`bare ${type}`), [], type)
        assert.doesNotMatch(await reopened.labelOf(`bare ${type}`), /undefined/)
      }
      const dialog = await reopened.edit('bare anomaly-alert')
      assert.deepEqual(await emptyChoices(dialog), [])
    } finally {
      await reopened.close()
    }
    assert.deepEqual(reopened.complaints, [])
  })

  it('turns fields red where a number is wrong', () => {
    assert.ok(guardedNumbers > 50, `${guardedNumbers} fields`)
  })
})
