import { DeviceError, MissingError } from '../core/errors'
import { findInstalled, isAtLeast, type Installed } from '../model/engines/installed'
import { packageFolders } from './engines'
import { statusOf } from './error-status'
import type { Host } from './host'

const NAME = '@tensorflow/tfjs-node'
/** What the trainer was written for. */
const LEAST = '4.22'
/** The first Node.js whose `util` lacks what tfjs-node up to 4.22 calls (tensorflow/tfjs#8609; mended there, not released). */
const BROKEN_NODE = '23'
const MENDED = '4.23'

export interface TfjsNodeHost {
  /** Such as `20.20.2`. */
  readonly nodeVersion: string
  find(name: string, folders: readonly string[]): Pick<Installed, 'entry' | 'version'> | undefined
}

const THIS_HOST: TfjsNodeHost = { nodeVersion: process.versions.node, find: findInstalled }

/**
 * Looks for tfjs-node beside this package and from `folders` on upwards, without loading it.
 * @returns the path of its entry file, for the training thread
 * @throws MissingError, DeviceError that say what to do
 */
export function findTfjsNode(folders: readonly string[], host: TfjsNodeHost = THIS_HOST): string {
  const field = 'trainer'
  const installed = host.find(NAME, folders)
  if (installed === undefined) throw new MissingError('train.tfjsNotInstalled', { field })
  const { entry, version: got } = installed
  if (!isAtLeast(got, LEAST)) throw new DeviceError('train.tfjsTooOld', { field, got, need: LEAST })
  if (isAtLeast(host.nodeVersion, BROKEN_NODE) && !isAtLeast(got, MENDED))
    throw new DeviceError('train.tfjsNodeVersion', { field, got, version: host.nodeVersion })
  return entry
}

/** Says so at once where it cannot be had, and not only when the windows are there; the binary shows at the first training. */
export function tellWhatIsMissing(host: Host): void {
  try {
    findTfjsNode(packageFolders(host.red))
  } catch (error) {
    host.failed(statusOf(error))
    host.error(error)
  }
}
