import fs from 'node:fs'
import path from 'node:path'
import { hashOf } from '../../core/contract'
import { ConfigError, InputError } from '../../core/errors'
import { readBytes } from '../../model/atomic-file'
import { Bundle } from '../../model/bundle'
import { unpackBundle } from '../../model/bundle-archive'
import type { Calibration, Manifest } from '../../model/manifest'
import { PART_SCHEMA, readPart, type PartFile } from '../../model/part'
import { openSeal } from '../../model/seal'
import type { NamedPart } from '../../model/named-part'
import { calibratedTogether } from './calibrated-together'

/** Largest exported model, bytes. */
export const MAX_EXPORT = 268_435_456

/** What was learned for one context. */
export interface Baseline {
  /** Undefined where the model keeps no contexts. */
  readonly context?: string
  readonly version: number
  /** Lines before the first learnt part. */
  readonly input: readonly string[]
  /** In the order of the chain. */
  readonly parts: readonly NamedPart[]
  readonly calibration?: Calibration
  /** When it was learned, ms since the epoch. */
  readonly time: number
}

/** One stream's model as it lies in a folder or an exported file: the same that the nodes of a flow write. */
export interface StoredModel {
  readonly topic: string
  /** One, or one for each context. */
  readonly baselines: readonly Baseline[]
}

/** Opens a model's folder for writing; it is made where there is none. @throws ConfigError on a name that is no folder name, or that of a file */
export function openFolder(folder: string): Bundle {
  const whole = path.resolve(folder)
  if (fs.statSync(whole, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new ConfigError('cli.modelIsFile', { field: '--model', file: folder })
  return Bundle.open(path.dirname(whole), path.basename(whole))
}

/**
 * Reads what was learned for a stream.
 * @param topic of the stream; may be left out where there is only one
 * @throws InputError where there is no model or a part of it is missing; ConfigError where the stream is not told
 */
export function readModel(place: string, topic?: string): StoredModel {
  const { manifests, load } = fs.existsSync(place) ? contentOf(place) : missing(place)
  const topics = [...new Set(manifests.map(({ stream }) => stream.topic))]
  if (topics.length === 0) throw new InputError('cli.noModel', { field: place })
  const chosen = topic ?? topics[0]!
  const choices = topics.map((name) => `"${name}"`).join(', ')
  if (topic === undefined && topics.length > 1)
    throw new ConfigError('cli.whichStream', { field: '--topic', choices })
  const own = manifests.filter(({ stream }) => stream.topic === chosen)
  if (own.length === 0) throw new ConfigError('cli.noStream', { field: '--topic', got: chosen, choices })
  // A threshold of a detector of another model lies beside the contexts, under a name with @.
  const learnt = own.filter(({ parts }) => parts.length > 0)
  const withContext = learnt.filter(({ stream }) => stream.context !== undefined)
  const used = withContext.length > 0 ? withContext : learnt
  if (used.length === 0) throw new InputError('cli.noModel', { field: place })
  const shared = own.find(({ stream }) => stream.context === undefined)?.calibration
  const baselines = used.map((manifest) => baselineOf(manifest, load, place, shared))
  return { topic: chosen, baselines: calibratedTogether(baselines) }
}

function missing(place: string): never {
  throw new InputError('cli.noModel', { field: place })
}

interface Content {
  readonly manifests: readonly Manifest[]
  load(hash: string): PartFile
}

function contentOf(place: string): Content {
  if (fs.statSync(place).isDirectory()) {
    const bundle = openFolder(place)
    const manifests = bundle.streams().flatMap((stream) => bundle.current(stream) ?? [])
    return { manifests: manifests.filter(({ version }) => version > 0), load: (hash) => bundle.load(hash) }
  }
  const { manifests, parts } = unpacked(place)
  return { manifests, load: (hash) => readPart(openSeal(parts.get(hash)!, PART_SCHEMA, place), hash) }
}

/** @throws InputError that names the file */
function unpacked(place: string): ReturnType<typeof unpackBundle> {
  try {
    return unpackBundle(readBytes(place, MAX_EXPORT))
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    throw new InputError(error.key, { ...error.params, field: place }, { cause: error })
  }
}

function baselineOf(
  { contract, stream, version, parts: held, reports, calibration, time }: Manifest,
  load: Content['load'],
  place: string,
  shared: Calibration | undefined,
): Baseline {
  const first = contract.findIndex((line) => hashOf(line) !== undefined)
  const parts = contract.flatMap((line) => {
    const hash = hashOf(line)
    if (hash === undefined) return []
    if (!held.includes(hash)) throw new InputError('cli.partElsewhere', { field: place, line })
    const part = load(hash)
    // A part may be older than this version: what was said of it last counts.
    return [{ ...part, hash, report: reports[line] ?? part.report }]
  })
  const own = calibration ?? shared
  return {
    ...(stream.context === undefined ? {} : { context: stream.context }),
    version,
    input: contract.slice(0, first),
    parts,
    time,
    ...(own === undefined ? {} : { calibration: own }),
  }
}
