import { unzipSync, zipSync, type Zippable } from 'fflate'
import { InputError } from '../core/errors'
import { canonicalJson } from './canonical-json'
import { DocumentReader } from './document'
import { MANIFEST_SCHEMA, readManifest, type Manifest } from './manifest'
import { guardOnnx } from './onnx/guard'
import { PART_SCHEMA, readPart } from './part'
import { openSeal, seal } from './seal'
import { streamFolder } from './stream-folder'

const INDEX_SCHEMA = 'bundle/1'
const INDEX = 'bundle.json'
const MANIFEST = /^manifests\/\d{1,6}\.json$/
const PART = /^parts\/([0-9a-f]{16})\.json$/

/** Largest file that is taken in, and largest content, bytes. */
const MAX_BYTES = 256 * 1024 * 1024
const MAX_ENTRIES = 20_000

/** A bundle's file, taken apart and checked. */
export interface Unpacked {
  readonly name: string
  readonly manifests: readonly Manifest[]
  /** Sealed bytes by hash; exactly the parts that the manifests list. */
  readonly parts: ReadonlyMap<string, Uint8Array>
}

/** One file of all that is given: a zip of sealed documents. The same content gives the same bytes. */
export function packBundle(
  name: string,
  manifests: readonly Manifest[],
  parts: ReadonlyMap<string, Uint8Array>,
): Uint8Array {
  const files: Zippable = {
    [INDEX]: seal(
      INDEX_SCHEMA,
      canonicalJson({ name, manifests: manifests.length, parts: [...parts.keys()].sort() }),
    ),
  }
  manifests.forEach((manifest, i) => {
    files[`manifests/${i}.json`] = seal(MANIFEST_SCHEMA, canonicalJson(manifest))
  })
  for (const hash of [...parts.keys()].sort())
    files[`parts/${hash}.json`] = parts.get(hash) ?? new Uint8Array()
  return zipSync(files, { mtime: new Date(1980, 0, 1), level: 6 })
}

/** Takes a bundle's file apart and checks all of it. @throws InputError in plain words */
export function unpackBundle(bytes: Uint8Array): Unpacked {
  const entries = unzip(bytes)
  const sealedIndex = entries.get(INDEX)
  if (sealedIndex === undefined) throw notABundle()
  const index = new DocumentReader(INDEX, openSeal(sealedIndex, INDEX_SCHEMA, INDEX))
  const parts = new Map<string, Uint8Array>()
  const manifests: Manifest[] = []
  const streams = new Set<string>()
  for (const [name, sealed] of entries) {
    const hash = PART.exec(name)?.[1]
    if (hash !== undefined) {
      const part = readPart(openSeal(sealed, PART_SCHEMA, name), hash)
      for (const [blob, content] of Object.entries(part.blobs ?? {}))
        if (blob.endsWith('.onnx')) guardOnnx(content)
      parts.set(hash, sealed)
    } else if (name !== INDEX) {
      const manifest = readManifest(openSeal(sealed, MANIFEST_SCHEMA, name), name)
      const folder = streamFolder(manifest.stream)
      if (manifest.version < 1 || streams.has(folder))
        throw new InputError('model.badBundle', { field: name })
      streams.add(folder)
      manifests.push(manifest)
    }
  }
  const listed = new Set(manifests.flatMap((manifest) => manifest.parts))
  const isWhole =
    manifests.length === index.at('manifests').whole(1) && [...listed].every((hash) => parts.has(hash))
  if (!isWhole || listed.size !== parts.size) throw new InputError('model.badBundle', { field: INDEX })
  return { name: index.at('name').text(100), manifests, parts }
}

/** Names only tell the entries apart; they are never used as paths. */
function unzip(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  if (bytes.length > MAX_BYTES) throw tooLarge()
  const seen = new Set<string>()
  let total = 0
  try {
    const content = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (seen.has(name) || (name !== INDEX && !MANIFEST.test(name) && !PART.test(name))) throw notABundle()
        seen.add(name)
        // Checked before anything is unpacked: an entry is given just the room that it declares.
        total += originalSize
        if (!(total <= MAX_BYTES) || seen.size > MAX_ENTRIES) throw tooLarge()
        return true
      },
    })
    return new Map(Object.entries(content))
  } catch (error) {
    if (error instanceof InputError) throw error
    throw new InputError('model.notABundle', { field: 'file' }, { cause: error })
  }
}

function notABundle(): InputError {
  return new InputError('model.notABundle', { field: 'file' })
}

function tooLarge(): InputError {
  return new InputError('model.bundleTooLarge', { field: 'file', max: '256 MB' })
}
