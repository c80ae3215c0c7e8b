/**
 * Compiles the AssemblyScript kernels below assembly/ to one WASM module and writes it, as base64 text in a CommonJS
 * module, beside the sources (where tests and tools run from TypeScript) and into dist. Needs no network.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = path.dirname(fileURLToPath(import.meta.url))
const generated = 'wasm.generated.js'

/** The compiled module's bytes. */
export async function compile() {
  const asc = await import('assemblyscript/asc')
  let binary
  const { error, stderr } = await asc.main(
    [
      'assembly/index.ts',
      '--outFile',
      'kernels.wasm',
      '--runtime',
      'stub',
      '--importMemory',
      '--noAssert',
      '--noColors',
      '--optimizeLevel',
      '3',
      '--shrinkLevel',
      '0',
      '--converge',
      '--enable',
      'simd',
    ],
    {
      readFile: (name) => readFile(path.join(here, name), 'utf8').catch(() => null),
      writeFile: (name, contents) => {
        if (name.endsWith('.wasm')) binary = contents
      },
      listFiles: () => [],
    },
  )
  if (error || binary === undefined)
    throw new Error(`the kernels do not compile: ${stderr.toString()}`, { cause: error })
  return binary
}

export default async function buildKernels(dist) {
  const binary = await compile()
  const text = `'use strict'\nexports.base64 =\n  '${Buffer.from(binary).toString('base64')}'\n`
  const folders = [here, ...(dist === undefined ? [] : [path.join(dist, 'src', 'train', 'kernels')])]
  for (const folder of folders) {
    await mkdir(folder, { recursive: true })
    await writeFile(path.join(folder, generated), text)
  }
  return binary.length
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.stdout.write(`kernels: ${await buildKernels()} bytes of WebAssembly\n`)
}
