import { partLine, type Contract } from '../core/contract'
import { hashPart, type PartFile } from './part'

/** A part with its name. */
export interface NamedPart extends PartFile {
  readonly hash: string
}

/** Names a part by what it holds. */
export function namePart(part: PartFile): NamedPart {
  return { ...part, hash: hashPart(part) }
}

/** The contract of what a part gives out. */
export function contractAfter(part: NamedPart): Contract {
  return [...part.input, partLine(part.kind, part.hash)]
}
