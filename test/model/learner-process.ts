import fs from 'node:fs'
import { partLine } from '../../src/core/contract'
import { Bundle } from '../../src/model/bundle'
import type { PartFile } from '../../src/model/part'

/**
 * Learns one version after the other for several streams at once, on and on, and says each one on stdout as soon as it is kept:
 * `<stream> <version>` a line. Arguments: root, streams.
 */
async function main(root: string, streams: number): Promise<void> {
  const bundle = Bundle.open(root, 'fans', { versionsKept: 2 })
  await Promise.all(
    Array.from({ length: streams }, async (_, i) => {
      const topic = `t${i}`
      for (let n = (bundle.current({ topic })?.version ?? 0) + 1; ; n++) {
        const report = { rows: n, warnings: [], figures: {} }
        const part: PartFile = {
          kind: 'test',
          role: 'detector',
          input: ['channels a'],
          body: { topic, n, fill: 'x'.repeat(20_000) },
          report,
        }
        const contract = [...part.input, partLine(part.kind, await bundle.keep(part))]
        await bundle.extend({ topic }, { contract, complete: false, report, time: n })
        const calibration = { method: 'fixed', threshold: n, n: 0 }
        const version = await bundle.extend({ topic }, { contract, complete: true, calibration, time: n })
        fs.writeSync(1, `${i} ${version}\n`)
      }
    }),
  )
}

void main(process.argv[2] ?? '.', Number(process.argv[3]))
