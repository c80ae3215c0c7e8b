import fs from 'node:fs'
import path from 'node:path'
import { writeSealed } from '../../src/model/atomic-file'

/**
 * Saves numbered documents of about `size` bytes to several files at once, on and on, and says each one on stdout as soon as
 * it is saved: `<file> <n>` a line. Arguments: folder, files, size, saves of each file (0: without end).
 */
async function main(folder: string, files: number, size: number, saves: number): Promise<void> {
  const payload = 'x'.repeat(size)
  await Promise.all(
    Array.from({ length: files }, async (_, i) => {
      for (let n = 1; saves === 0 || n <= saves; n++) {
        await writeSealed(path.join(folder, `${i}.json`), 'test/1', { n, payload })
        fs.writeSync(1, `${i} ${n}\n`)
      }
    }),
  )
}

main(process.argv[2] ?? '.', Number(process.argv[3]), Number(process.argv[4]), Number(process.argv[5])).catch(
  (error: { key?: string; message?: string }) => {
    fs.writeSync(1, `failed ${error.key ?? ''} ${error.message ?? ''}\n`)
    process.exitCode = 1
  },
)
