import type { EditorNodeDef, EditorNodeProperties, EditorNodePropertyDef, EditorRED } from 'node-red'
import { pressButton } from './node-button'
import { number } from './validators'

declare const RED: EditorRED

const TEXTS = '@edge-anomaly/node-red-anomaly/anomaly-model:learner.'

/** The settings that every learning node has; their rows are `learner-rows.html`. */
export interface LearnerProperties extends EditorNodeProperties {
  model: string
  rows: string
  whenEmpty: boolean
  keep: string
  context: string
  contexts: string
  maxStreams: string
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
  version: { value: 1 },
}

/**
 * A learner's settings: the shared ones and its own. A call, not a spread in place: the official scorecard, which reads the
 * built html, stops at a spread and misses the node.
 */
export function withLearnerDefaults<T extends object>(own: T): typeof learnerDefaults & T {
  return { ...learnerDefaults, ...own }
}

/**
 * The button of a learning node: learns anew, once the user has agreed where something would be replaced, and stops while it learns.
 * @param learns false while the node's settings make it learn nothing
 */
export function learnButton<P extends LearnerProperties>(
  learns: (settings: P) => boolean = () => true,
): NonNullable<EditorNodeDef<P>['button']> {
  const text = (key: string): string => String(RED._(TEXTS + key))
  return {
    visible() {
      return learns(this as unknown as P)
    },
    onclick() {
      const did = (what?: string): void => {
        if (what === 'ask') {
          if (window.confirm(text('confirmReplace'))) pressButton(this, 'replace', did)
        } else if (what !== undefined) RED.notify(text(what), { type: 'success', timeout: 3000 } as never)
      }
      pressButton(this, 'learn', did)
    },
  }
}
