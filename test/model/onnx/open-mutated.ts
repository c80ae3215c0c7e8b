/**
 * `open-mutated ENGINE COUNT SECONDS`: opens those of COUNT mutated models that pass the guard in this very process, runs each
 * once, and counts on stdout; it ends early when the time is up.
 */
import fs from 'node:fs'
import { DeviceError } from '../../../src/core/errors'
import { defaultEngines, openModel } from '../../../src/model/engines/choose'
import { mutants } from './mutants'

async function main([engine = '', count = '', seconds = '']: readonly string[]): Promise<void> {
  const engines = defaultEngines()
  const counts = { passed: 0, opened: 0, refused: 0 }
  const end = Date.now() + 1000 * Number(seconds)
  for (const { bytes, refusal } of mutants(Number(count))) {
    if (refusal !== undefined) continue
    if (Date.now() > end) break
    counts.passed++
    try {
      const session = await openModel(engines, bytes, { engine, trusted: true })
      const dims = (session.inputs[0]?.dims ?? []).map((dim) => (typeof dim === 'number' ? dim : 1))
      const size = dims.reduce((product, dim) => product * dim, 1)
      counts.opened++
      const outputs = session.outputs.map(({ name }) => name)
      await session.run(new Float32Array(size), dims, outputs).catch((error: unknown) => {
        if (!(error instanceof DeviceError)) throw error
      })
      await session.dispose()
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error
      counts.refused++
    }
  }
  fs.writeSync(1, JSON.stringify(counts))
  // A runtime may keep something alive.
  process.exit(0)
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
