import fs from 'node:fs'
import { InputError, DeviceError } from '../../../src/core/errors'
import { OnnxRuntimeNode } from '../../../src/model/engines/onnxruntime-node'
import { TrialMemory } from '../../../src/model/engines/trial-memory'

/** Opens each of the models on stdin (JSON list of base64) in this very process, runs it once, and counts on stdout. */
async function main(): Promise<void> {
  const models = JSON.parse(fs.readFileSync(0, 'utf8')) as string[]
  const engine = new OnnxRuntimeNode(new TrialMemory())
  const counts = { opened: 0, refused: 0 }
  for (const text of models) {
    try {
      const session = await engine.open(Buffer.from(text, 'base64'), { trusted: true })
      const dims = (session.inputs[0]?.dims ?? []).map((dim) => (typeof dim === 'number' ? dim : 1))
      const size = dims.reduce((product, dim) => product * dim, 1)
      counts.opened++
      if (size < 1e6) {
        await session
          .run(
            new Float32Array(size),
            dims,
            session.outputs.map(({ name }) => name),
          )
          .catch((error: unknown) => {
            if (!(error instanceof DeviceError)) throw error
          })
      }
      await session.dispose()
    } catch (error) {
      if (!(error instanceof InputError) && !(error instanceof DeviceError)) throw error
      counts.refused++
    }
  }
  fs.writeSync(1, JSON.stringify(counts))
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
