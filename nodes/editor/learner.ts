import type { EditorNodeProperties, EditorNodePropertyDef } from 'node-red'
import { number } from './validators'

/** The settings that every learning node has; their rows are `learner-rows.html`. */
export interface LearnerProperties extends EditorNodeProperties {
  model: string
  rows: string
  whenEmpty: boolean
  keep: string
  context: string
  contexts: string
  maxStreams: string
  queueLimit: string
  version: number
}

export const learnerDefaults: {
  [P in Exclude<keyof Required<LearnerProperties>, 'inputs'>]: EditorNodePropertyDef<LearnerProperties[P]>
} = {
  name: { value: '' },
  model: { value: '', type: 'anomaly-model', required: false },
  rows: { value: '', validate: number({ min: 2, max: 100_000, whole: true }) },
  whenEmpty: { value: true },
  keep: { value: 'stream' },
  context: { value: '' },
  contexts: { value: '' },
  maxStreams: { value: '', validate: number({ min: 1, max: 100_000, whole: true }) },
  queueLimit: { value: '', validate: number({ min: 1, max: 100_000, whole: true }) },
  version: { value: 1 },
}

/**
 * A learner's settings: the shared ones and its own. A call, not a spread in place: the official scorecard, which reads the
 * built html, stops at a spread and misses the node.
 */
export function withLearnerDefaults<T extends object>(own: T): typeof learnerDefaults & T {
  return { ...learnerDefaults, ...own }
}
