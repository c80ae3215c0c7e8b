import fs from 'node:fs'
import path from 'node:path'
import type { NodeAPI } from 'node-red'
import { readSealedSync, sweepTemporaryFiles, writeSealed } from '../model/atomic-file'
import { canonicalJson } from '../model/canonical-json'
import { makeFolder } from '../model/disk'
import { dataRootOf } from './data-root'
import { PerRuntime } from './per-runtime'

const SCHEMA = 'node-state/1'

/** States of nodes over restarts: one sealed file per node below `<userDir>/edge-anomaly/state`. */
export class StateStore {
  /** States that are not on the disk yet; undefined: the state is being removed. */
  private readonly unwritten = new Map<string, unknown>()

  constructor(private readonly folder: string) {}

  /** The state kept for a node, on its way to the disk or there; undefined where there is none or it cannot be trusted. */
  load(nodeId: string): unknown {
    if (this.unwritten.has(nodeId)) {
      const state = this.unwritten.get(nodeId)
      return state === undefined ? undefined : JSON.parse(canonicalJson(state))
    }
    const file = this.file(nodeId)
    if (!fs.existsSync(file)) return undefined
    try {
      return readSealedSync(file, SCHEMA)
    } catch {
      return undefined // a torn or foreign file: the node starts afresh
    }
  }

  /**
   * Resolves when it is on the disk. `load` gives it from the call on, even where the disk refuses it.
   * @param before what has to be done before it is written
   * @throws DeviceError
   */
  save(nodeId: string, state: unknown, before?: Promise<void>): Promise<void> {
    return this.write(nodeId, state, before, async () => {
      await makeFolder(this.folder)
      await writeSealed(this.file(nodeId), SCHEMA, state)
    })
  }

  remove(nodeId: string, before?: Promise<void>): Promise<void> {
    const remove = (): Promise<void> => fs.promises.rm(this.file(nodeId), { force: true })
    return this.write(nodeId, undefined, before, remove)
  }

  private async write(
    nodeId: string,
    state: unknown,
    before: Promise<void> | undefined,
    work: () => Promise<void>,
  ): Promise<void> {
    this.unwritten.set(nodeId, state)
    await before
    await work()
    if (this.unwritten.get(nodeId) === state) this.unwritten.delete(nodeId)
  }

  private file(nodeId: string): string {
    return path.join(this.folder, `${encodeURIComponent(nodeId)}.json`)
  }
}

/** What an interrupted save left behind is swept when the states are first asked for. */
const stores = new PerRuntime((red) => {
  const folder = path.join(dataRootOf(red), 'state')
  sweepTemporaryFiles(folder)
  return new StateStore(folder)
})

export function stateStoreOf(red: NodeAPI): StateStore {
  return stores.of(red)
}
