import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { checkWindow, MOST_CELLS, MOST_LAYERS, MOST_UNITS } from '../../src/core/autoencoder/presets'
import type { Kind } from '../../src/core/autoencoder/spec'
import { MINIMUM_ROWS } from '../../src/train/autoencoder-learner'
import { readAutoencoderSettings } from '../../src/train/learner-settings'
import { MOST_TRAINING_BYTES } from '../../src/train/memory'
import { packageRoot } from '../node-red'

const folder = path.join(packageRoot, 'nodes', 'onnx-autoencoder')
const read = (...names: readonly string[]): string =>
  readFileSync(path.join(folder, ...names), 'utf8')
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ')
const help = read('locales', 'en-US', 'onnx-autoencoder.html')

/** Rows of the shortest window that a kind of network works on. */
function fewestRows(kind: Kind): number {
  for (let rows = 1; ; rows++) {
    try {
      checkWindow(kind, [8], rows, 1)
      return rows
    } catch {
      continue
    }
  }
}

describe('the help of the autoencoder', () => {
  it('names the bounds that hold', () => {
    for (const bound of [
      `the first windows that arrive, ${MINIMUM_ROWS} or more`,
      `at most ${MOST_LAYERS} layers of at most ${MOST_UNITS} units`,
      `A training may take ${MOST_TRAINING_BYTES / 1024 / 1024} MB`,
      `a window has at most ${MOST_CELLS} values`,
      `windows of at least ${fewestRows('lstm')} and ${fewestRows('conv1d')} rows`,
    ])
      assert.ok(help.includes(bound), bound)
  })

  it('names the defaults that hold, as the dialog shows them', () => {
    const { epochs, batch, learningRate, patience } = readAutoencoderSettings()
    for (const words of [
      `goes over the windows, ${epochs} where empty; Patience, ${patience},`,
      `windows per step, ${batch} where empty`,
      `how far a step goes, ${learningRate}.`,
    ])
      assert.ok(help.includes(words), words)
    const dialog = readFileSync(path.join(folder, 'onnx-autoencoder.html'), 'utf8')
    for (const [name, value] of Object.entries({ epochs, batch, learningRate, patience }))
      assert.match(dialog, new RegExp(`id="node-input-${name}"[^>]*placeholder="${value}"`), name)
  })

  it('has a word on every setting of a network that is learned', () => {
    const { field } = JSON.parse(read('locales', 'en-US', 'onnx-autoencoder.json')) as {
      field: Record<string, string>
    }
    for (const name of [
      'kind',
      'layers',
      'loss',
      'errorScale',
      'epochs',
      'batch',
      'learningRate',
      'patience',
      'seed',
      'trainer',
      'engine',
    ])
      assert.ok(help.toLowerCase().includes(field[name]!.toLowerCase()), name)
  })
})
