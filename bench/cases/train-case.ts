import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { autoencoderSpec, type NetworkSpec } from '../../src/core/autoencoder/spec'
import { Random } from '../../src/core/random'
import { initialWeights } from '../../src/train/initial-weights'
import { shuffle } from '../../src/train/shuffle'

export const ROWS = 2000
export const BATCH = 32
export const EPOCHS = 10
export const RATE = 1e-3

/** The networks that are compared, by name. */
export const NETWORKS: Readonly<Record<string, NetworkSpec>> = {
  'dense 30-16-8-16-30': autoencoderSpec('dense', 1, 30, [16, 8]),
  'dense 300-64-16-64-300': autoencoderSpec('dense', 50, 6, [64, 16]),
  'conv1d 128×3': autoencoderSpec('conv1d', 128, 3, [16, 8]),
  'lstm 50×6': autoencoderSpec('lstm', 50, 6, [32]),
}

/** Sines of random phase and amplitude with a little noise. */
export function windowsFor({ steps, columns }: NetworkSpec, rows: number): Float32Array {
  const random = new Random(17)
  const data = new Float32Array(rows * steps * columns)
  for (let row = 0, at = 0; row < rows; row++) {
    const phase = 2 * Math.PI * random.next()
    const amplitude = 0.5 + random.next()
    for (let step = 0; step < steps; step++)
      for (let column = 0; column < columns; column++)
        data[at++] = amplitude * Math.sin(phase + 0.3 * step + column) + 0.1 * random.normal()
  }
  return data
}

/** Writes what every contender reads: the network, the windows, the weights to begin with and the order of the rows per epoch. */
export function writeCase(folder: string, spec: NetworkSpec): void {
  mkdirSync(folder, { recursive: true })
  const random = new Random(23)
  const row = Uint32Array.from({ length: ROWS }, (_, i) => i)
  const order = new Uint32Array(EPOCHS * ROWS)
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    shuffle(row, random)
    order.set(row, epoch * ROWS)
  }
  const write = (name: string, values: Float32Array | Uint32Array): void =>
    writeFileSync(path.join(folder, name), new Uint8Array(values.buffer))
  write('data', windowsFor(spec, ROWS))
  write('weights', initialWeights(spec, 3))
  write('order', order)
  writeFileSync(
    path.join(folder, 'case.json'),
    JSON.stringify({ spec, rows: ROWS, batch: BATCH, epochs: EPOCHS, rate: RATE }),
  )
}
