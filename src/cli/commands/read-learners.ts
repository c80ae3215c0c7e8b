import { ConfigError } from '../../core/errors'
import { DETECTORS } from '../../core/detectors/registry'
import { readChoice } from '../../core/read-settings'
import { makeScaler } from '../../core/scalers/scaler'
import { SCALER_METHODS } from '../../core/scalers/registry'
import type { Learners } from '../chain/learn'
import { makeAutoencoder } from '../../train/autoencoder-learner'
import { readAutoencoderSettings } from '../../train/learner-settings'
import { trainInThread } from '../../train/trainer'
import type { Arguments } from '../terminal/arguments'
import { COMMON } from '../terminal/command'
import { READING, THRESHOLD } from './options'

const AUTOENCODER = 'autoencoder'

/** Scaler and detector that the options name. @throws ConfigError that names the option */
export function readLearners(args: Arguments): Learners {
  const names = [...DETECTORS.map(({ name }) => name), AUTOENCODER]
  const name = args.choice('detector', names) ?? 'mahalanobis'
  const method = args.choice('scaler', SCALER_METHODS) ?? (name === 'robust-z' ? 'none' : 'standard')
  const detector =
    name === AUTOENCODER
      ? makeNetwork(args)
      : DETECTORS.find((spec) => spec.name === name)!.make(settingsOf(args))
  return { ...(method === 'none' ? {} : { scaler: makeScaler({ method }) }), detector }
}

function settingsOf(args: Arguments): Readonly<Record<string, unknown>> {
  return {
    covariance: args.text('covariance'),
    aggregate: args.text('agg'),
    contamination: args.text('contamination'),
  }
}

function makeNetwork(args: Arguments): Learners['detector'] {
  const settings = readAutoencoderSettings({
    kind: args.text('kind'),
    layers: args.text('layers'),
    loss: args.text('loss'),
    epochs: args.text('epochs'),
    seed: args.text('seed'),
  })
  return makeAutoencoder(settings, { fit: trainInThread })
}

/** What may be said where only the threshold of a model is set anew. */
const OF_RECALIBRATION: ReadonlySet<string> = new Set([
  ...['calibrate', 'model', 'topic', 'context', 'hop', 'rate'],
  ...[...READING, ...THRESHOLD, ...COMMON].map(({ name }) => name),
])

/** @throws ConfigError where an option speaks of what the model has learned already */
export function refuseLearnt(args: Arguments): void {
  const stray = args.given.find((name) => !OF_RECALIBRATION.has(name))
  if (stray !== undefined) throw new ConfigError('cli.learntAlready', { field: `--${stray}` })
}

/** An option that goes with one detector only. @throws ConfigError where it is given to another */
export function refuseStray(args: Arguments): void {
  const detector = args.text('detector') ?? 'mahalanobis'
  const owners: Readonly<Record<string, string>> = {
    covariance: 'mahalanobis',
    agg: 'robust-z',
    contamination: 'robust-z',
    kind: AUTOENCODER,
    layers: AUTOENCODER,
    loss: AUTOENCODER,
    epochs: AUTOENCODER,
  }
  for (const [name, owner] of Object.entries(owners)) {
    if (args.text(name) !== undefined && owner !== detector)
      throw new ConfigError('cli.strayOption', { field: `--${name}`, owner: `--detector ${owner}` })
  }
  if (args.text('kind') !== undefined)
    readChoice('--kind', args.text('kind'), ['dense', 'lstm', 'conv1d'] as const)
}
