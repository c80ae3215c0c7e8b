import { createHash } from 'node:crypto'
import { ConfigError } from '../core/errors'

/** A stream and, where there is one baseline per operating state, its context. */
export interface Stream {
  readonly topic: string
  readonly context?: string
}

/** Longest folder name that is made of a stream's own name, bytes. */
const MAX_NAME = 200
const KEPT = 160

/**
 * The folder name of a stream: percent-encoded topic, `=` and percent-encoded context. Unlike encodeURIComponent it also
 * encodes what some file system folds or forbids (capital letters, `*`, outer dots, device names), so different streams have
 * different folders everywhere. A long name is cut and ends in `@` and a hash. It is never decoded: the manifest names the stream.
 */
export function streamFolder(stream: Stream): string {
  const name = encode(stream.topic) + (stream.context === undefined ? '' : `=${encode(stream.context)}`)
  if (name.length <= MAX_NAME) return name
  const hash = createHash('sha256')
    .update(JSON.stringify([stream.topic, stream.context ?? null]))
    .digest('hex')
  return `${name.slice(0, KEPT)}@${hash.slice(0, 32)}`
}

/** `streamFolder`, which remembers the names of streams without a context: a stream's version is asked for with every message. */
export class StreamFolders {
  private readonly names = new Map<string, string>()

  of(stream: Stream): string {
    if (stream.context !== undefined) return streamFolder(stream)
    let name = this.names.get(stream.topic)
    if (name === undefined) {
      name = streamFolder(stream)
      this.names.set(stream.topic, name)
    }
    return name
  }
}

function encode(text: string): string {
  if (text === '') return '@'
  let encoded = ''
  for (const unit of LONE_SURROGATE.test(text)
    ? Buffer.from(`\uFFFE${text}`, 'utf16le')
    : Buffer.from(text, 'utf8')) {
    const char = String.fromCharCode(unit)
    encoded += /[a-z0-9_.~-]/.test(char) ? char : `%${unit.toString(16).toUpperCase().padStart(2, '0')}`
  }
  if (encoded.startsWith('.')) encoded = `%2E${encoded.slice(1)}`
  if (encoded.endsWith('.')) encoded = `${encoded.slice(0, -1)}%2E`
  if (DEVICE.test(encoded))
    encoded = `%${encoded.charCodeAt(0).toString(16).toUpperCase()}${encoded.slice(1)}`
  return encoded
}

/** Half a character: it has no UTF-8 form. */
const LONE_SURROGATE = /\p{Surrogate}/u
/** Names that stand for devices on Windows, in any folder and with any ending. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

const FORBIDDEN = /[\u0000-\u001f\u007f/\\:*?"<>|]/

/** The name of a bundle, which is the name of its folder. @throws ConfigError */
export function checkBundleName(name: string, field = 'bundle'): string {
  const bad =
    name === '' ||
    name.length > 100 ||
    FORBIDDEN.test(name) ||
    /^[. ]|[. ]$/.test(name) ||
    DEVICE.test(name) ||
    LONE_SURROGATE.test(name)
  if (bad) throw new ConfigError('model.badName', { field, got: name.slice(0, 100) })
  return name
}
