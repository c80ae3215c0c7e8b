import { createHash } from 'node:crypto'
import { InputError } from '../core/errors'

/**
 * A sealed document is itself JSON: `{"format":"edge-anomaly/1","schema":…,"sha256":…,"document":…}` and a line end. The checksum
 * covers the schema's name and the very bytes of the document; all other bytes are fixed, so no byte can change unnoticed.
 */
const HEAD =
  /^\{"format":"edge-anomaly\/1","schema":"([a-z0-9./-]{1,64})","sha256":"([0-9a-f]{64})","document":/
const TAIL = '}\n'
/** The head is ASCII and shorter than this, bytes. */
const MAX_HEAD = 256

/** Seals the JSON text of a document. */
export function seal(schema: string, json: string): Uint8Array {
  const document = Buffer.from(json, 'utf8')
  const head = `{"format":"edge-anomaly/1","schema":"${schema}","sha256":"${checksum(schema, document)}","document":`
  if (!HEAD.test(head)) throw new TypeError(`schema ${schema}`)
  return Buffer.concat([Buffer.from(head, 'latin1'), document, Buffer.from(TAIL, 'latin1')])
}

/** Gives back the document: first the checksum, then the schema, then JSON. @throws InputError that names `field` */
export function openSeal(bytes: Uint8Array, schema: string, field: string): unknown {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const head = HEAD.exec(buffer.toString('latin1', 0, MAX_HEAD))
  const end = buffer.length - TAIL.length
  if (head === null || end < head[0].length || buffer.toString('latin1', end) !== TAIL) {
    throw new InputError('files.notSealed', { field })
  }
  const document = buffer.subarray(head[0].length, end)
  const kept = head[1] ?? ''
  if (checksum(kept, document) !== head[2]) throw new InputError('files.damaged', { field })
  if (kept !== schema) throw new InputError('files.otherSchema', { field, expected: schema, got: kept })
  try {
    return JSON.parse(document.toString('utf8')) as unknown
  } catch (error) {
    throw new InputError('files.damaged', { field }, { cause: error })
  }
}

function checksum(schema: string, document: Uint8Array): string {
  return createHash('sha256').update(`${schema}\n`).update(document).digest('hex')
}
