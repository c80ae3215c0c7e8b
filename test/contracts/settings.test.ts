import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { packageRoot } from '../node-red'
import { settingsTable } from './settings-table'

describe('the page of settings', () => {
  const page = readFileSync(path.join(packageRoot, 'docs', 'settings.md'), 'utf8')

  it('says what the nodes and their dialogs say (else: node --require tsx/cjs scripts/settings.ts)', () => {
    assert.equal(page, settingsTable())
  })

  it('has the words of the dialog for each setting, and the default behind an empty field', () => {
    assert.match(page, /\| `alpha` \| False alarms \| 1 % of normal windows \| – \|/)
    assert.match(page, /\| `noDataAfter` \| No data after \| \*10\* s \| – \|/)
    assert.match(page, /\| `mqttTopic` \| Topic \| – \| – \| rig\/\+\/imu \|/)
    assert.match(page, /\| `contexts` \| Contexts to learn \| \*all learned\* \| – \| low, medium, high \|/)
    assert.match(
      page,
      /\| `resolution` \| Resolution \| – \| – \| smallest step, e\.g\. 0\.001, or ax=0\.001 \|/,
    )
    assert.match(page, /\| `method` \| Method \| standard \| standard; min-max; robust; none \|/)
    assert.ok(page.split('\n').filter((line) => line.startsWith('| `')).length > 120)
  })
})
