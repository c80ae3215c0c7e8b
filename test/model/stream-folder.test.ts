import assert from 'node:assert/strict'
import fc from 'fast-check'
import { ConfigError } from '../../src/core/errors'
import { checkBundleName, streamFolder } from '../../src/model/stream-folder'

describe('the folder of a stream', () => {
  it('is the percent-encoded topic, and `=` with the context where there is one', () => {
    assert.equal(streamFolder({ topic: 'plant/fan-1' }), 'plant%2Ffan-1')
    assert.equal(streamFolder({ topic: 'fan', context: 'low' }), 'fan=low')
    assert.equal(streamFolder({ topic: 'fan=low' }), 'fan%3Dlow')
    assert.equal(streamFolder({ topic: '' }), '@')
    assert.equal(streamFolder({ topic: '', context: '' }), '@=@')
  })

  it('never leaves its place: dots, separators and device names are encoded', () => {
    for (const topic of [
      '.',
      '..',
      '../x',
      '..\\x',
      'a/../b',
      '/etc',
      'C:\\x',
      'x\0y',
      'nul',
      'CON',
      'com1.txt',
      'a.',
      '!x',
      '*?',
    ]) {
      const folder = streamFolder({ topic })
      assert.match(folder, /^[a-z0-9_~%@=-][a-zA-Z0-9_.~%@=-]*$/)
      assert.doesNotMatch(folder, /^\.|\.$|^(con|nul|com1)(\.|$)/i)
    }
  })

  it('differs for different streams, also where the file system does not tell a from A', () => {
    const seen = new Map<string, string>()
    const topic = fc.string({ unit: 'binary', maxLength: 12 })
    fc.assert(
      fc.property(topic, fc.option(topic, { nil: undefined }), (text, context) => {
        const folder = streamFolder(
          context === undefined ? { topic: text } : { topic: text, context },
        ).toLowerCase()
        const identity = JSON.stringify([text, context ?? null])
        assert.equal(seen.get(folder) ?? identity, identity)
        seen.set(folder, identity)
      }),
      { numRuns: 3000, examples: [['a', 'b'], ['a=b', undefined], ['A', undefined], ['a', undefined], ['\ud800', undefined], ['\ufffd', undefined]] }, // prettier-ignore
    )
  })

  it('has at most 255 bytes, and two long topics that begin alike differ', () => {
    const long = 'x'.repeat(5000)
    const folders = [`${long}1`, `${long}2`].map((topic) => streamFolder({ topic }))
    assert.notEqual(folders[0], folders[1])
    for (const folder of [...folders, streamFolder({ topic: '日本'.repeat(300), context: long })])
      assert.ok(folder.length <= 255)
  })
})

describe('the name of a bundle', () => {
  it('may be what a folder may be called everywhere', () => {
    for (const name of ['fan', 'Fan 1', 'node-a1b2.c3', 'Lüfter_2', '风扇'])
      assert.equal(checkBundleName(name), name)
  })

  it('is refused where it could name another place, or no folder', () => {
    for (const name of [
      '',
      '.',
      '..',
      '.hidden',
      'a/b',
      'a\\b',
      'a:b',
      'x\0',
      'nul',
      'a.',
      ' a',
      'a ',
      'x'.repeat(101),
      '\ud800',
    ]) {
      assert.throws(() => checkBundleName(name), ConfigError)
    }
  })
})
