import type { NodeAPI } from 'node-red'
import { readChoice, readText, readWhole } from '../../src/core/read-settings'
import { partLine } from '../../src/core/contract'
import { InputError } from '../../src/core/errors'
import { openModel } from '../../src/model/engines/choose'
import type { Session } from '../../src/model/engines/engine'
import { OnnxAutoencoder } from '../../src/model/onnx/autoencoder'
import { LAYOUTS } from '../../src/model/onnx/layout'
import { readModelFile, stampOf } from '../../src/model/onnx/model-file'
import { isOnnxPart } from '../../src/model/onnx/onnx-part'
import { presentScore } from '../../src/runtime/applier'
import { defineNode, type Behaviour, type Config } from '../../src/runtime/define-node'
import { enginesOf } from '../../src/runtime/engines'
import type { Host } from '../../src/runtime/host'
import { onLearnButton, registerLearnButton } from '../../src/runtime/learn-button'
import { LearnerNode } from '../../src/runtime/learner-node'
import { readLearnerSettings } from '../../src/runtime/learner-settings'
import { LearnedScoring } from '../../src/runtime/learned-scoring'
import { ModelAccess } from '../../src/runtime/model-access'
import { resolveUserPath } from '../../src/runtime/user-path'
import { threadedTraining } from '../../src/runtime/threaded-training'
import { ScorerNode } from '../../src/runtime/scorer-node'
import { makeAutoencoder, type LearnerTools } from '../../src/train/autoencoder-learner'
import { readAutoencoderSettings, type AutoencoderSettings } from '../../src/train/learner-settings'
import { BACK_ENDS, type BackEnd } from '../../src/train/trainer'

const TYPE = 'anomaly-onnx-autoencoder'
const DETECTOR = 'autoencoder'
const RUNTIMES = ['onnxruntime-node', 'onnxruntime-web'] as const
/** What can score a model that was learned here; `auto` is our own engine, which needs nothing and answers at once. */
const LEARNED_ENGINES = ['auto', 'own', ...RUNTIMES] as const

export = (red: NodeAPI): void =>
  defineNode(red, {
    type: TYPE,
    read: (config, host) => {
      const source = readChoice(
        host.text('fields.modelSource'),
        config['source'],
        ['learn', 'file'] as const,
        'learn',
      )
      return source === 'learn'
        ? { source, ...readLearned(config, host), config }
        : { source, ...readFile(config, host), config }
    },
    create: (settings, host): Behaviour =>
      settings.source === 'learn' ? learner(settings, host) : scorer(settings, host),
    register: () => registerLearnButton(red, TYPE),
  })

interface Learned {
  readonly training: AutoencoderSettings
  readonly trainer: BackEnd
  readonly engine: (typeof LEARNED_ENGINES)[number]
}

function readLearned(config: Config, host: Host): Learned {
  return {
    training: readAutoencoderSettings({ ...config, engine: 'auto' }),
    trainer: readChoice(host.text('fields.trainer'), config['trainer'], BACK_ENDS, 'own'),
    engine: readChoice(host.text('fields.engine'), config['engine'], LEARNED_ENGINES, 'auto'),
  }
}

function learner({ training, trainer, engine, config }: Learned & { config: Config }, host: Host): Behaviour {
  const access = ModelAccess.of(config, 'detector', host)
  const scoring = new LearnedScoring(engine, host)
  const tools: LearnerTools = {
    ...threadedTraining(trainer, host),
    open: (model) => scoring.open(model),
  }
  const own = scoring.withFiles(makeAutoencoder(training, tools))
  const node = new LearnerNode(
    {
      ...readLearnerSettings(config, own, access, host),
      queueLimit: readQueueLimit(config, host),
      learner: own,
      continueFrom: (from) => {
        if (isOnnxPart(from)) throw new InputError('train.onnxCannotContinue', { field: 'msg.learn' })
        return makeAutoencoder(training, { ...tools, from })
      },
      role: 'detector',
      access,
      present: presentScore(DETECTOR, access.modelOf),
      ready: (model) => scoring.status(model),
    },
    host,
  )
  onLearnButton(host, node)
  return node
}

function readFile(
  config: Config,
  host: Host,
): {
  file: string
  error: 'mae' | 'mse'
  layout: (typeof LAYOUTS)[number] | 'auto'
  engine: string
  queueLimit: number
} {
  return {
    file: readText(host.text('fields.file'), config['file']),
    error: readChoice(host.text('fields.error'), config['error'], ['mae', 'mse'] as const, 'mse'),
    layout: readChoice(host.text('fields.layout'), config['layout'], ['auto', ...LAYOUTS] as const, 'auto'),
    engine: readChoice(host.text('fields.engine'), config['engine'], ['auto', ...RUNTIMES] as const, 'auto'),
    queueLimit: readQueueLimit(config, host),
  }
}

function readQueueLimit(config: Config, host: Host): number {
  const limits = { min: 1, max: 100_000, fallback: 256 }
  return readWhole(host.text('fields.queueLimit'), config['queueLimit'], limits)
}

function scorer(settings: ReturnType<typeof readFile>, host: Host): Behaviour {
  const { file, error, layout, engine, queueLimit } = settings
  const path = resolveUserPath(host.red, file)
  return new ScorerNode(
    {
      detector: DETECTOR,
      queueLimit,
      stamp: () => stampOf(path),
      load: () => {
        const { bytes, hash, name } = readModelFile(path)
        const open = (): Promise<Session> => openModel(enginesOf(host.red), bytes, { engine })
        const model = new OnnxAutoencoder(open, { error, layout })
        return { model, name, line: partLine(`onnx ${error}`, hash), ready: () => model.prepare() }
      },
    },
    host,
  )
}
