import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { DeviceError, MissingError } from '../../src/core/errors'
import { findTfjsNode } from '../../src/runtime/tfjs-node'
import { temporaryFolder } from '../model/temporary-folder'

const found = (version: string) => (): { entry: string; version: string } => ({
  entry: '/there/index.js',
  version,
})

function messageOf(nodeVersion: string, version: string): string {
  try {
    return findTfjsNode([], { nodeVersion, find: found(version) })
  } catch (error) {
    assert.ok(error instanceof DeviceError && !(error instanceof MissingError))
    return error.message
  }
}

describe('tfjs-node is looked for', () => {
  it('in the user directory too, without being loaded', () => {
    const userDir = temporaryFolder()
    const folder = path.join(userDir, 'node_modules', '@tensorflow', 'tfjs-node')
    fs.mkdirSync(folder, { recursive: true })
    const document = { name: '@tensorflow/tfjs-node', version: '4.22.0', main: 'index.js' }
    fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify(document))
    fs.writeFileSync(path.join(folder, 'index.js'), 'throw new Error("loaded")')
    const entry = findTfjsNode([userDir])
    assert.equal(fs.realpathSync(entry), fs.realpathSync(path.join(folder, 'index.js')))
    fs.rmSync(userDir, { recursive: true })
  })

  it('and where it is not, the user is told how to install it', () => {
    assert.throws(
      () => findTfjsNode([], { nodeVersion: '20.1.0', find: () => undefined }),
      (error) =>
        error instanceof MissingError &&
        /^trainer: @tensorflow\/tfjs-node is not installed: run npm install .* \(Node\.js 22 or older\)/.test(
          error.message,
        ),
    )
  })

  it('in a version that runs on this Node.js: up to 4.22 none from Node.js 23 on', () => {
    assert.equal(messageOf('22.9.0', '4.22.0'), '/there/index.js')
    assert.match(messageOf('23.0.0', '4.22.0'), /4\.22\.0 does not run on Node\.js 23\.0\.0; use Node\.js 22/)
    assert.match(messageOf('24.1.0', '4.22.1'), /does not run on Node\.js 24\.1\.0/)
    assert.equal(messageOf('24.1.0', '4.23.0'), '/there/index.js')
    assert.equal(messageOf('24.1.0', '5.0.0'), '/there/index.js')
    assert.match(messageOf('20.1.0', '4.9.0'), /4\.9\.0 is too old.*4\.22 or newer/)
  })
})
