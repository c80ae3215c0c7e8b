import { createHash } from 'node:crypto'
import type { Contract } from '../core/contract'
import { messages, type MessageKey, type MessageParams } from '../core/messages'
import type { LearningReport } from '../core/stage'
import { InputError } from '../core/errors'
import { canonicalJson } from './canonical-json'
import { DocumentReader } from './document'

export const ROLES = ['scaler', 'detector', 'threshold'] as const
/** What a learning node is in its chain. */
export type Role = (typeof ROLES)[number]

/** A learnt part as it is kept: immutable, and named by its hash. */
export interface PartFile {
  /** Contract line without its hash, e.g. `scaler standard`. */
  readonly kind: string
  readonly role: Role
  /** Contract of the frames that it was fitted on. */
  readonly input: Contract
  /** Plain JSON; a typed array is kept as an array of numbers, bit for bit. */
  readonly body: unknown
  /** Binary pieces, by name. */
  readonly blobs?: Readonly<Record<string, Uint8Array>>
  readonly report: LearningReport
}

/** What a part is, by the first word of its kind. */
export function kindOf(part: Pick<PartFile, 'kind'>): string {
  return part.kind.split(' ')[0] ?? ''
}

export const PART_SCHEMA = 'part/1'
/** Names of parts. */
export const HASH = /^[0-9a-f]{16}$/

const MAX_LINES = 64
const MAX_LINE_LENGTH = 20_000
const MAX_BLOBS = 16
const MAX_WARNINGS = 1000
const MAX_FIGURES = 1000
const MAX_POINTS = 1_000_000

/**
 * The name of a part: 16 hex digits of the SHA-256 of what decides its output (kind, input contract, body, blobs). The same
 * settings learned on the same data give the same name. @throws InputError where the body is no plain JSON
 */
export function hashPart(part: Pick<PartFile, 'kind' | 'input' | 'body' | 'blobs'>): string {
  const blobs = Object.fromEntries(
    Object.entries(part.blobs ?? {}).map(([name, bytes]) => [name, sha256(bytes)]),
  )
  return sha256(canonicalJson({ kind: part.kind, input: part.input, body: part.body, blobs })).slice(0, 16)
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

/** The JSON document of a part. */
export function partDocument(part: PartFile): unknown {
  const blobs = Object.entries(part.blobs ?? {}).map(
    ([name, bytes]) => [name, Buffer.from(bytes).toString('base64')] as const,
  )
  return {
    kind: part.kind,
    role: part.role,
    input: part.input,
    body: part.body,
    ...(blobs.length === 0 ? {} : { blobs: Object.fromEntries(blobs) }),
    report: plainReport(part.report),
  }
}

/** A report as plain JSON: a figure that is not finite (the condition of a singular matrix) is left out. */
export function plainReport(report: LearningReport): LearningReport {
  const figures = Object.entries(report.figures).map(
    ([name, figure]) => [name, typeof figure === 'number' ? figure : figure.filter(Number.isFinite)] as const,
  )
  return {
    rows: report.rows,
    warnings: report.warnings.map(({ key, params }) => ({
      key,
      params: Object.fromEntries(
        Object.entries(params).map(([name, value]) => [
          name,
          typeof value === 'string' || Number.isFinite(value) ? value : String(value),
        ]),
      ),
    })),
    figures: Object.fromEntries(
      figures.filter(([, figure]) => typeof figure !== 'number' || Number.isFinite(figure)),
    ),
  }
}

/** Reads a part's document and checks that its content has the name `hash`. @throws InputError */
export function readPart(document: unknown, hash: string): PartFile {
  const reader = new DocumentReader(`part ${hash}`, document)
  const blobs = reader.optional('blobs')?.entries(MAX_BLOBS)
  const part: PartFile = {
    kind: reader.at('kind').text(MAX_LINE_LENGTH),
    role: reader.at('role').choice(ROLES),
    input: readContract(reader.at('input')),
    body: reader.at('body').any() ?? null,
    ...(blobs === undefined
      ? {}
      : { blobs: Object.fromEntries(blobs.map(([name, blob]) => [name, readBlob(blob)])) }),
    report: readReport(reader.at('report')),
  }
  if (hashPart(part) !== hash) throw new InputError('model.otherPart', { field: `part ${hash}` })
  return part
}

/** A contract in a document. */
export function readContract(reader: DocumentReader): Contract {
  return reader.list(MAX_LINES).map((line) => line.text(MAX_LINE_LENGTH))
}

/** A learning report in a document. */
export function readReport(reader: DocumentReader): LearningReport {
  const figures = reader.at('figures').entries(MAX_FIGURES)
  return {
    rows: reader.at('rows').whole(0),
    warnings: reader
      .at('warnings')
      .list(MAX_WARNINGS)
      .flatMap((warning) => {
        const key = knownKey(warning.at('key').text(100))
        return key === undefined ? [] : [{ key, params: readParams(warning.at('params')) }]
      }),
    figures: Object.fromEntries(
      figures.map(([name, figure]) => [
        name,
        figure.isList() ? figure.list(MAX_POINTS).map((point) => point.finite()) : figure.finite(),
      ]),
    ),
  }
}

function readBlob(reader: DocumentReader): Uint8Array {
  // A buffer of its own (Buffer.from would lend a piece of the shared pool). What is no base64 shows in the part's hash.
  return new Uint8Array(Buffer.from(reader.text(Infinity), 'base64'))
}

/** A key of this version's catalogue: a warning of another version is left out, the part is as good without it. */
function knownKey(key: string): MessageKey | undefined {
  const [area = '', name = ''] = key.split('.')
  const texts: Readonly<Record<string, Readonly<Record<string, string>>>> = messages
  return Object.hasOwn(texts, area) && Object.hasOwn(texts[area] ?? {}, name)
    ? (key as MessageKey)
    : undefined
}

function readParams(reader: DocumentReader): MessageParams {
  return Object.fromEntries(
    reader.entries(100).map(([name, param]) => {
      const value = param.any()
      if (typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value)))
        return [name, value]
      return param.fail('text or a number')
    }),
  )
}
