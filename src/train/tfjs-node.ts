import { DeviceError } from '../core/errors'
import type { Tf } from './tfjs-trainee'

/** The first Node.js whose `util` lacks what the last release of tfjs-node (4.22) calls (tensorflow/tfjs#8609). */
const FIRST_BROKEN_NODE = 23

export interface TfjsNodeHost {
  /** Such as `20.20.2`. */
  readonly nodeVersion: string
  /** Throws where it is not installed. */
  find(): unknown
  load(): unknown
}

const THIS_HOST: TfjsNodeHost = {
  nodeVersion: process.versions.node,
  find: () => require.resolve('@tensorflow/tfjs-node'),
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an optional peer, loaded when it is asked for
  load: () => require('@tensorflow/tfjs-node') as unknown,
}

function isTf(value: unknown): value is Tf {
  return (
    typeof value === 'object' &&
    value !== null &&
    'variableGrads' in value &&
    'layers' in value &&
    'train' in value
  )
}

function notInstalled(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'MODULE_NOT_FOUND' &&
    error.message.includes("'@tensorflow/tfjs-node'")
  )
}

/** Looks, without loading it, whether it can be had at all. @throws DeviceError that says what to do where it can not */
export function findTfjsNode(host: Pick<TfjsNodeHost, 'nodeVersion' | 'find'> = THIS_HOST): void {
  checkVersion(host)
  try {
    host.find()
  } catch (error) {
    throw new DeviceError('train.tfjsNotInstalled', { field: 'trainer' }, { cause: error })
  }
}

function checkVersion({ nodeVersion }: Pick<TfjsNodeHost, 'nodeVersion'>): void {
  if (Number.parseInt(nodeVersion) >= FIRST_BROKEN_NODE)
    throw new DeviceError('train.tfjsNodeVersion', { field: 'trainer', version: nodeVersion })
}

/** `@tensorflow/tfjs-node`, which the user installs. @throws DeviceError that says what to do where it is not to be had */
export function loadTfjsNode(host: Omit<TfjsNodeHost, 'find'> = THIS_HOST): Tf {
  checkVersion(host)
  let loaded: unknown
  try {
    loaded = host.load()
  } catch (error) {
    if (notInstalled(error))
      throw new DeviceError('train.tfjsNotInstalled', { field: 'trainer' }, { cause: error })
    const reason = error instanceof Error ? error.message.split('\n')[0]! : String(error)
    throw new DeviceError('train.tfjsDoesNotLoad', { field: 'trainer', reason }, { cause: error })
  }
  if (!isTf(loaded))
    throw new DeviceError('train.tfjsDoesNotLoad', { field: 'trainer', reason: 'it is no TensorFlow.js' })
  return loaded
}
