import fs from 'node:fs'
import path from 'node:path'
import type { NodeAPI } from 'node-red'
import { readSealedSync, sweepTemporaryFiles, writeSealed } from '../model/atomic-file'
import { makeFolder } from '../model/disk'
import { dataRootOf } from './data-root'
import { PerRuntime } from './per-runtime'

const SCHEMA = 'node-state/1'

/** States of nodes over restarts: one sealed file per node below `<userDir>/edge-anomaly/state`. */
export class StateStore {
  constructor(private readonly folder: string) {}

  /** The state kept for a node; undefined where there is none or it cannot be trusted. */
  load(nodeId: string): unknown {
    const file = this.file(nodeId)
    if (!fs.existsSync(file)) return undefined
    try {
      return readSealedSync(file, SCHEMA)
    } catch {
      return undefined // a torn or foreign file: the node starts afresh
    }
  }

  async save(nodeId: string, state: unknown): Promise<void> {
    await makeFolder(this.folder)
    await writeSealed(this.file(nodeId), SCHEMA, state)
  }

  async remove(nodeId: string): Promise<void> {
    await fs.promises.rm(this.file(nodeId), { force: true })
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
