import type { Frame } from '../../core/frame'
import type {
  DataWarning,
  Detector,
  FitContext,
  Learner,
  LearningReport,
  Transformer,
} from '../../core/stage'
import type { Role } from '../../model/part'
import { contractAfter, namePart, type NamedPart } from '../../model/named-part'
import { Chain } from './chain'

/** The learners of a chain. */
export interface Learners {
  readonly scaler?: Transformer
  readonly detector: Detector
}

export interface Learned {
  readonly chain: Chain
  readonly reports: readonly LearningReport[]
  readonly warnings: readonly DataWarning[]
}

/**
 * Learns a chain from frames, oldest first: the scaler, then the detector on what that gives.
 * @throws InputError in plain words where a learner must refuse
 */
export async function learn(
  { scaler, detector }: Learners,
  frames: readonly Frame[],
  context: FitContext,
): Promise<Learned> {
  const parts: NamedPart[] = []
  let input = frames
  let scale
  if (scaler !== undefined) {
    const part = await learnPart(scaler, 'scaler', input, context)
    parts.push(part)
    scale = scaler.load(part.body, part.blobs)
    const contract = contractAfter(part)
    input = (await scale.apply(frames)).map((frame) => ({ ...frame, contract }))
  }
  const part = await learnPart(detector, 'detector', input, context)
  parts.push(part)
  const chain = new Chain(parts, scale, detector.load(part.body, part.blobs))
  const reports = parts.map(({ report }) => report)
  return { chain, reports, warnings: distinct(reports.flatMap(({ warnings }) => warnings)) }
}

/** Learns a part. @throws InputError in plain words where the learner must refuse */
export async function learnPart<O>(
  learner: Learner<O>,
  role: Role,
  frames: readonly Frame[],
  context: FitContext,
): Promise<NamedPart> {
  const fitted = await learner.fit(frames, context)
  const input = frames[0]?.contract ?? []
  return namePart({ kind: learner.line, role, input, ...fitted })
}

/** Scaler and detector see the same data, so they warn of the same. */
function distinct(warnings: readonly DataWarning[]): readonly DataWarning[] {
  const seen = new Map(warnings.map((warning) => [JSON.stringify(warning), warning]))
  return [...seen.values()]
}
