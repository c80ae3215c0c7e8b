import type { NodeAPI } from 'node-red'
import { readChoice, readText, readWhole } from '../../src/core/read-settings'
import { partLine } from '../../src/core/contract'
import { openModel } from '../../src/model/engines/choose'
import { OnnxAutoencoder } from '../../src/model/onnx/autoencoder'
import { LAYOUTS } from '../../src/model/onnx/layout'
import { readModelFile } from '../../src/model/onnx/model-file'
import { presentScore } from '../../src/runtime/applier'
import { defineNode, type Behaviour, type Config } from '../../src/runtime/define-node'
import { enginesOf } from '../../src/runtime/engines'
import type { Host } from '../../src/runtime/host'
import { LearnerNode } from '../../src/runtime/learner-node'
import { readLearnerSettings } from '../../src/runtime/learner-settings'
import { ModelAccess } from '../../src/runtime/model-access'
import { resolveUserPath } from '../../src/runtime/user-path'
import { ScorerNode } from '../../src/runtime/scorer-node'
import { makeAutoencoder } from '../../src/train/autoencoder-learner'
import { readAutoencoderSettings } from '../../src/train/learner-settings'
import { trainInThread } from '../../src/train/trainer'

const DETECTOR = 'autoencoder'
const ENGINES = ['auto', 'onnxruntime-node', 'onnxruntime-web'] as const

export = (red: NodeAPI): void =>
  defineNode(red, {
    type: 'anomaly-onnx-autoencoder',
    read: (config, host) => {
      const source = readChoice(
        host.text('fields.modelSource'),
        config['source'],
        ['learn', 'file'] as const,
        'learn',
      )
      return source === 'learn'
        ? { source, training: readAutoencoderSettings({ ...config, engine: 'auto' }), config }
        : { source, ...readFile(config, host), config }
    },
    create: (settings, host): Behaviour =>
      settings.source === 'learn' ? learner(settings, host) : scorer(settings, host),
  })

function learner(
  { training, config }: { training: ReturnType<typeof readAutoencoderSettings>; config: Config },
  host: Host,
): Behaviour {
  const access = ModelAccess.of(config, 'detector', host)
  const backEnd = config['trainer'] === 'tfjs-node' ? ('tfjs-node' as const) : ('own' as const)
  const tools = {
    train: (job: Parameters<typeof trainInThread>[0], context: object) =>
      trainInThread(job, { ...context, backEnd }),
  }
  return new LearnerNode(
    {
      ...readLearnerSettings(config, access, host),
      learner: makeAutoencoder(training, tools),
      continueFrom: (from) => makeAutoencoder(training, { ...tools, from }),
      role: 'detector',
      access,
      present: presentScore(DETECTOR, access.modelOf),
    },
    host,
  )
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
    engine: readChoice(host.text('fields.engine'), config['engine'], ENGINES, 'auto'),
    queueLimit: readWhole(host.text('fields.queueLimit'), config['queueLimit'], {
      min: 1,
      max: 100_000,
      fallback: 256,
    }),
  }
}

function scorer(settings: ReturnType<typeof readFile>, host: Host): Behaviour {
  const { file, error, layout, engine, queueLimit } = settings
  const { bytes, hash, name } = readModelFile(resolveUserPath(host.red, file))
  const session = openModel(enginesOf(host.red), bytes, { engine })
  return new ScorerNode(
    {
      detector: DETECTOR,
      model: new OnnxAutoencoder(() => session, { error, layout }),
      modelName: name,
      line: partLine(`onnx ${error}`, hash),
      queueLimit,
      ready: async () => (await session).engine,
    },
    host,
  )
}
