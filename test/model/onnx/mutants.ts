import fs from 'node:fs'
import path from 'node:path'
import { InputError } from '../../../src/core/errors'
import { guardOnnx } from '../../../src/model/onnx/guard'
import { mutate, randomOf } from '../mutate'

const FIXTURES = path.resolve(__dirname, '../fixtures')
const SHARED = path.resolve(__dirname, '../../../../shared/reference')

/** Every ONNX file of the tests, and of the reference data where they are. */
export function onnxFiles(): readonly Uint8Array[] {
  const folders = [FIXTURES, ...['onnx_torch113', 'onnx_dynamo'].map((name) => path.join(SHARED, name))]
  return folders
    .filter((folder) => fs.existsSync(folder))
    .flatMap((folder) =>
      fs
        .readdirSync(folder)
        .filter((name) => name.endsWith('.onnx'))
        .map((name) => path.join(folder, name)),
    )
    .map((file) => fs.readFileSync(file))
}

/** The first `count` mutated files, the same ones each time, with what the guard says: undefined where it lets one pass. */
export function* mutants(
  count: number,
): Generator<{ readonly bytes: Uint8Array; readonly refusal?: InputError }> {
  const originals = onnxFiles()
  const random = randomOf(20241)
  for (let i = 0; i < count; i++) {
    const bytes = mutate(originals[i % originals.length] ?? new Uint8Array(), random)
    let refusal: InputError | undefined
    try {
      guardOnnx(bytes)
    } catch (error) {
      if (!(error instanceof InputError)) throw new Error(`mutation ${i}`, { cause: error })
      refusal = error
    }
    yield { bytes, ...(refusal === undefined ? {} : { refusal }) }
  }
}
