import assert from 'node:assert/strict'
import { number, readable, required } from '../../nodes/editor/validators'
import { readBands, readPerChannel } from '../../src/core/features/settings'
import { readChannels } from '../../src/sources/read-channels'
import { format, type MessageKey, type MessageParams } from '../../src/core/messages'

/** A validator as the editor calls it: true, or why not. */
type Validate = (this: object, value: unknown, options: { readonly label: string }) => true | string

describe('the validators of the dialogs', () => {
  const global = globalThis as { RED?: unknown }
  before(() => {
    global.RED = {
      _: (key: string, params: MessageParams) =>
        format(key.replace(/^.*:runtime\./, '') as MessageKey, params),
    }
  })
  after(() => delete global.RED)

  const answer = (validate: unknown, value: unknown, settings: object = {}): true | string =>
    (validate as Validate).call(settings, value, { label: 'Field' })

  it('leave variables of the environment to the runtime', () => {
    const needed = number({ min: 1, whole: true, required: true })
    for (const validate of [readable(readBands), readable(readPerChannel), needed])
      assert.equal(answer(validate, '${BANDS}'), true)
  })

  it('take and refuse bands and numbers per channel as the runtime does', () => {
    for (const value of ['', '8', '5, 20 50;100']) assert.equal(answer(readable(readBands), value), true)
    for (const value of ['', '0.1', 16, 'ax=0.1, gx=2'])
      assert.equal(answer(readable(readPerChannel), value), true)
    const bad: [typeof readBands | typeof readPerChannel, string, string][] = [
      [readBands, '8.5', 'Field must be a whole number, not 8.5'],
      [readBands, '0', 'Field must be from 1 to 512, not 0'],
      [readBands, '-5, 20', 'Field must be at least 0, not -5'],
      [readBands, '20,5', 'Field must be one number of bands, or edges in Hz that rise, not 20, 5'],
      [readBands, 'many', 'Field must be a number, not "many"'],
      ...['0.1, 0.2', '0', 'ax=0', 'ax=1, ay', '=2'].map((value): [typeof readPerChannel, string, string] => [
        readPerChannel,
        value,
        `Field must be a number above 0, or one for each channel such as ax=0.001, ay=0.01; not ${value.replace('ax=1, ', '')}`,
      ]),
    ]
    for (const [read, value, text] of bad) assert.equal(answer(readable(read), value), text)
  })

  it('ask for a choice only where there is one to make', () => {
    const validate = required<{ preset: string }>(({ preset }) => preset === 'list')
    assert.equal(answer(validate, [], { preset: 'list' }), 'Field is empty: fill it in')
    assert.equal(answer(validate, ['rms'], { preset: 'list' }), true)
    assert.equal(answer(validate, [], { preset: 'slow' }), true)
  })

  it('check channels as the runtime reads them', () => {
    const check = (value: unknown): true | string => answer(readable(readChannels), value)
    for (const value of [[], [{ name: 'ax', scale: '2' }], [{ name: 'ax', scale: '${SCALE}' }]])
      assert.equal(check(value), true)
    assert.equal(check([{ name: 'ax' }, { name: 'ax' }]), 'Field names the channel ax twice')
    assert.equal(check([{ name: 'ax', scale: 'abc' }]), 'Field 1 must be a number, not "abc"')
  })

  it('ask for a text or a number, while the setting applies', () => {
    const check = required<{ clock: string }>(({ clock }) => clock === 'device')
    const said = (clock: string, value: unknown): true | string => answer(check, value, { clock })
    assert.deepEqual(
      [said('device', 't'), said('device', 1), said('arrival', ''), said('device', ' ')],
      [true, true, true, 'Field is empty: fill it in'],
    )
  })
})
