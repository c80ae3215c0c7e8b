import { isEmpty, readChoice, readFlag, readNames, readText, readWhole } from '../core/read-settings'
import type { Learner } from '../core/stage'
import type { Config } from './define-node'
import type { Host } from './host'
import type { ModelAccess } from './model-access'

/** The settings that every learning node has. */
export interface LearnerSettings {
  readonly rows: number
  readonly whenEmpty: boolean
  readonly keep: 'stream' | 'all'
  readonly maxStreams: number
  readonly contextProperty: string
  readonly contexts: readonly string[]
}

/**
 * Reads them; an empty number of rows means the model's.
 * @throws ConfigError, also where the learner could never learn from so few rows
 */
export function readLearnerSettings(
  config: Config,
  learner: Pick<Learner<unknown>, 'minimumRows'>,
  access: ModelAccess,
  host: Host,
): LearnerSettings {
  const rows = isEmpty(config['rows']) ? access.rows : config['rows']
  return {
    rows: readWhole(host.text('fields.rows'), rows, { min: learner.minimumRows(1), max: 100_000 }),
    whenEmpty: readFlag(host.text('fields.whenEmpty'), config['whenEmpty'], true),
    keep: readChoice(host.text('fields.keep'), config['keep'], ['stream', 'all'] as const, 'stream'),
    maxStreams: readWhole(host.text('fields.maxStreams'), config['maxStreams'], {
      min: 1,
      max: 100_000,
      fallback: 1000,
    }),
    contextProperty: readText(host.text('fields.context'), config['context'], ''),
    contexts: readNames(host.text('fields.contexts'), config['contexts']),
  }
}
