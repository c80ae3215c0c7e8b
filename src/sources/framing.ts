import type { Framing } from './decode/decoder'
import { LineFramer } from './line-framer'
import { RecordFramer } from './record-framer'

/** Cuts an endless byte stream into what a decoder takes. */
export interface Framer {
  /** All lines or records that this chunk completed, together; undefined where there is none. */
  push(chunk: Uint8Array): string | Uint8Array | undefined
  /** Forgets half a line or record. */
  reset(): void
}

/** The framer that a decoder asks for; undefined for one that takes whole messages only. */
export function makeFramer(framing: Framing): Framer | undefined {
  if (framing.kind === 'messages') return undefined
  if (framing.kind === 'lines') {
    const lines = new LineFramer({ keepsFirst: (line) => framing.isWhole?.(line) ?? false })
    return {
      push: (chunk) => lines.push(chunk) || undefined,
      reset: () => lines.reset(),
    }
  }
  const records = new RecordFramer(framing)
  return {
    push(chunk) {
      const found = records.push(chunk)
      return found.length === 0 ? undefined : found
    },
    reset: () => records.reset(),
  }
}
