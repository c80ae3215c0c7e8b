import { hashOf, type Contract } from '../core/contract'
import type { LearningReport } from '../core/stage'
import { DocumentReader } from './document'
import { HASH, plainReport, readContract, readReport } from './part'
import type { Stream } from './stream-folder'

/** What a threshold was set from. Further plain JSON (settings, quantiles of the scores) is kept as it is given. */
export interface Calibration {
  readonly method: string
  /** Scores above it are anomalous. */
  readonly threshold: number
  /** Calibration scores. */
  readonly n: number
}

/** One version of what was learned for one stream: the chain of parts and the calibration that belong together. */
export interface Manifest {
  readonly stream: Stream
  /** Counts up from 1 for each stream; 0 for a draft. */
  readonly version: number
  /** The whole chain; a learnt stage's line ends in the hash of its part. */
  readonly contract: Contract
  /** Hashes of the parts that this bundle holds, in the order of the chain. */
  readonly parts: readonly string[]
  readonly calibration?: Calibration
  /** What each learnt stage reported, by its contract line. */
  readonly reports: Readonly<Record<string, LearningReport>>
  /** When it was learned, ms since the epoch. */
  readonly time: number
  /** Of a draft: nobody is learning the rest of the chain (it was forgotten). */
  readonly paused?: boolean
}

export const MANIFEST_SCHEMA = 'manifest/1'

const MAX_PARTS = 64

/** The hashes that a chain names, oldest first. */
export function hashesOf(contract: Contract): readonly string[] {
  return contract.flatMap((line) => hashOf(line) ?? [])
}

/** Reads a manifest's document. @throws InputError that names `field` */
export function readManifest(document: unknown, field: string): Manifest {
  const reader = new DocumentReader(field, document)
  const stream = reader.at('stream')
  const context = stream.optional('context')?.text()
  const calibration = reader.optional('calibration')
  const contract = readContract(reader.at('contract'))
  const named = new Set(hashesOf(contract))
  return {
    stream: { topic: stream.at('topic').text(), ...(context === undefined ? {} : { context }) },
    version: reader.at('version').whole(0),
    contract,
    parts: reader
      .at('parts')
      .list(MAX_PARTS)
      .map((part) => {
        const hash = part.matching(HASH, '16 hex digits')
        return named.has(hash) ? hash : part.fail('the hash of a line of the contract')
      }),
    ...(calibration === undefined ? {} : { calibration: readCalibration(calibration) }),
    reports: Object.fromEntries(
      reader
        .at('reports')
        .entries(MAX_PARTS)
        .map(([line, report]) => [line, readReport(report)]),
    ),
    time: reader.at('time').finite(),
    ...(reader.optional('paused')?.any() === true ? { paused: true } : {}),
  }
}

function readCalibration(reader: DocumentReader): Calibration {
  return {
    ...Object.fromEntries(reader.entries(1000).map(([name, value]) => [name, value.any()])),
    method: reader.at('method').text(100),
    threshold: reader.at('threshold').finite(),
    n: reader.at('n').whole(0),
  }
}

/** The reports of a chain's learnt stages: the new one belongs to the last of them, the others are taken over. */
export function reportsOf(
  contract: Contract,
  report: LearningReport | undefined,
  ...earlier: readonly (Manifest['reports'] | undefined)[]
): Manifest['reports'] {
  const learnt = contract.filter((line) => hashOf(line) !== undefined)
  const reports = new Map<string, LearningReport>()
  for (const line of learnt) {
    const found = earlier.find((candidate) => candidate !== undefined && Object.hasOwn(candidate, line))?.[
      line
    ]
    if (found !== undefined) reports.set(line, found)
  }
  const last = learnt.at(-1)
  if (report !== undefined && last !== undefined) reports.set(last, plainReport(report))
  return Object.fromEntries(reports)
}
