import { ConfigError, DeviceError, MissingError, type UserError } from '../../core/errors'
import { guardOnnx } from '../onnx/guard'
import type { Engine, OpenOptions, Session } from './engine'
import { findInstalled } from './installed'
import { OnnxRuntimeNode } from './onnxruntime-node'
import { OnnxRuntimeWeb } from './onnxruntime-web'
import { TrialMemory } from './trial-memory'

export interface EngineFolders {
  /** Where trials are remembered, `<userDir>/edge-anomaly`. */
  readonly root?: string
  /** Where else optional packages may be installed, such as the user directory. */
  readonly packages?: readonly string[]
}

/**
 * All engines, the one to prefer first. A further engine is one line here; make the list once per runtime, since an engine
 * remembers what it has loaded.
 */
export function defaultEngines({ root, packages = [] }: EngineFolders = {}): readonly Engine[] {
  const memory = new TrialMemory(root)
  return [
    new OnnxRuntimeNode(memory, () => findInstalled('onnxruntime-node', packages)),
    new OnnxRuntimeWeb(memory, () => findInstalled('onnxruntime-web', packages)),
  ]
}

export interface Wish extends OpenOptions {
  /** Name of an engine, or `auto` (default): the first that can run the model. */
  readonly engine?: string
}

/**
 * Opens a model with the engine that is wished for.
 * @throws InputError where the guard refuses the file; ConfigError on an unknown engine; DeviceError where no engine here can run
 * it, with each one's reason; MissingError with what to install
 */
export async function openModel(
  engines: readonly Engine[],
  bytes: Uint8Array,
  wish: Wish = {},
): Promise<Session> {
  const model = guardOnnx(bytes)
  const { engine: name = 'auto', ...options } = wish
  const named = engines.filter((engine) => name === 'auto' || engine.name === name)
  if (named.length === 0) {
    const choices = ['auto', ...engines.map((engine) => engine.name)].join(', ')
    throw new ConfigError('settings.notOneOf', { field: 'engine', choices, got: `"${name.slice(0, 60)}"` })
  }
  const reasons: string[] = []
  let refused: UserError | undefined
  for (const engine of named) {
    if (engine.takes?.(model) === false) {
      if (name !== 'auto') throw new ConfigError('model.engineNotForThis', { field: 'engine', engine: name })
      continue
    }
    const problem = await engine.check()
    if (problem !== undefined) {
      if (name !== 'auto') throw cannotBeHad(name, problem)
      reasons.push(problem.message)
      continue
    }
    try {
      return await engine.open(bytes, options)
    } catch (error) {
      // A model that took a process down is not given to another engine either.
      if (!(error instanceof DeviceError)) throw error
      refused ??= error
      reasons.push(error.message)
    }
  }
  if (refused !== undefined)
    throw new DeviceError(
      'model.engineRefused',
      { field: 'model', reasons: reasons.join('; ') },
      { cause: refused },
    )
  throw new MissingError('model.noEngine', { field: 'model', reasons: reasons.join('; ') })
}

/** Why the engine that was chosen by its name cannot be had, and how to install just that one. */
export function cannotBeHad(engine: string, problem: DeviceError): MissingError {
  const key = engine === 'onnxruntime-node' ? 'model.chosenNode' : 'model.chosenWeb'
  return new MissingError(key, { field: engine, reason: problem.message }, { cause: problem })
}
