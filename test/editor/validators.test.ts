import assert from 'node:assert/strict'
import { readable, required } from '../../nodes/editor/validators'
import { readBands, readPerChannel } from '../../src/core/features/settings'
import { fill, messages, type MessageParams } from '../../src/core/messages'
import { readChannels } from '../../src/sources/read-channels'

type Check = (this: object, value: unknown, options: { readonly label: string }) => boolean | string

/** What the editor is told of a value. */
function verdict(read: Parameters<typeof readable>[0], value: unknown): boolean | string {
  return (readable(read) as unknown as Check).call({}, value, { label: 'Field' })
}

describe('the validator of a setting that the runtime reads', () => {
  before(() => {
    // The editor's translator, with the catalogue that the build puts below the model node.
    const translate = (key: string, params: MessageParams): string => {
      const [area = '', name = ''] = key.split('runtime.')[1]!.split('.')
      const texts = messages[area as keyof typeof messages] as Readonly<Record<string, string>>
      return fill(texts[name] ?? key, params)
    }
    Object.assign(globalThis, { RED: { _: translate } })
  })
  after(() => Reflect.deleteProperty(globalThis, 'RED'))

  it('takes what the runtime takes, and environment variables', () => {
    for (const value of ['', '8', '5, 20 50', '${BANDS}', '${LOW}, 20'])
      assert.equal(verdict(readBands, value), true, value)
    for (const value of ['', '0.1', 'ax=0.1, ay=0.2', 'ax=${RESOLUTION}'])
      assert.equal(verdict(readPerChannel, value), true, value)
    for (const value of [[], [{ name: 'ax', scale: '2' }], [{ name: 'ax', scale: '${SCALE}' }]])
      assert.equal(verdict(readChannels, value), true)
  })

  it('refuses what the runtime refuses, in its words', () => {
    assert.equal(verdict(readBands, '8.5'), 'Field must be a whole number, not 8.5')
    assert.equal(verdict(readBands, '0'), 'Field must be from 1 to 512, not 0')
    assert.match(
      String(verdict(readBands, '20,5')),
      /^Field must be one number of bands, or edges in Hz that rise, not 20, 5/,
    )
    assert.equal(verdict(readPerChannel, '0.1, 0.2'), 'Field must be a number, not "0.1, 0.2"')
    assert.equal(verdict(readPerChannel, '0'), 'Field must be a number above 0, not 0')
    assert.equal(verdict(readChannels, [{ name: 'ax' }, { name: 'ax' }]), 'Field names the channel ax twice')
    assert.equal(verdict(readChannels, [{ name: 'ax', scale: 'abc' }]), 'Field 1 must be a number, not "abc"')
  })

  it('asks for a text or a number, while the setting applies', () => {
    const check = required<{ clock: string }>(({ clock }) => clock === 'device') as unknown as Check
    const said = (clock: string, value: unknown): boolean | string =>
      check.call({ clock }, value, { label: 'Time field' })
    assert.deepEqual(
      [said('device', 't'), said('device', 1), said('arrival', ''), said('device', ' ')],
      [true, true, true, 'Time field is empty: fill it in'],
    )
  })
})
