import type { Contract } from '../../core/contract'
import { contractAfter, type NamedPart } from '../../model/named-part'
import type { Calibration } from '../../model/manifest'
import { openFolder } from './stored-model'

/** What is to be written for one context. */
export interface NewBaseline {
  readonly context?: string
  readonly parts: readonly NamedPart[]
}

/**
 * Writes a stream's model as its next version: every context's chain with the one calibration that they share. Contexts that are
 * no part of it any more are forgotten; earlier versions of the others stay for rollback. Gives back the number of the version.
 * @throws DeviceError where it cannot be saved
 */
export async function writeModel(
  folder: string,
  topic: string,
  baselines: readonly NewBaseline[],
  calibration: Calibration | undefined,
  time: number,
): Promise<number> {
  const bundle = openFolder(folder)
  let version = 0
  for (const { context, parts } of baselines) {
    const stream = context === undefined ? { topic } : { topic, context }
    for (const part of parts) {
      await bundle.keep(part)
      await bundle.extend(stream, {
        contract: contractAfter(part),
        complete: false,
        report: part.report,
        time,
      })
    }
    const contract: Contract = contractAfter(parts.at(-1)!)
    version = await bundle.extend(stream, {
      contract,
      complete: true,
      ...(calibration === undefined ? {} : { calibration: { ...calibration, contract } as Calibration }),
      report: parts.at(-1)!.report,
      time,
    })
  }
  const kept = new Set(baselines.map(({ context }) => context))
  for (const { topic: other, context } of bundle.streams()) {
    if (other === topic && !kept.has(context))
      await bundle.forget({ topic, ...(context === undefined ? {} : { context }) })
  }
  await bundle.idle()
  return version
}
