import assert from 'node:assert/strict'
import { readChannels } from '../../src/sources/read-channels'

describe('readChannels', () => {
  it('reads rows as a dialog or a program keeps them', () => {
    assert.deepEqual(
      readChannels('Channels', [{ name: 'ax', unit: 'g', scale: '0.5', offset: '', from: 1 }]),
      [{ name: 'ax', unit: 'g', scale: 0.5, offset: 0, from: '1' }],
    )
    assert.deepEqual(readChannels('Channels', ''), [])
  })

  const refused: Record<string, [unknown, RegExp]> = {
    'two channels of one name': [[{ name: 'ax' }, { name: 'ax' }], /^Channels names the channel ax twice/],
    'a name with a comma': [
      [{ name: 'ax,ay' }],
      /^Channels has a channel whose name is the text "ax,ay": use 1 to 200/,
    ],
    'a scale that is no number': [[{ name: 'ax', scale: 'abc' }], /^Channels 1 must be a number, not "abc"/],
    'text for the list': ['ax,ay', /^Channels must be a list, not the text "ax,ay"/],
  }
  for (const [name, [rows, message]] of Object.entries(refused))
    it(`refuses ${name}`, () =>
      assert.throws(() => readChannels('Channels', rows), { name: 'ConfigError', message }))
})
