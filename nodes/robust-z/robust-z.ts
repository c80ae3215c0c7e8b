import type { NodeAPI } from 'node-red'
import { AGGREGATES, makeRobustZ } from '../../src/core/detectors/robust-z'
import { readChoice, readNumber } from '../../src/core/read-settings'
import { presentScore } from '../../src/runtime/applier'
import { defineNode } from '../../src/runtime/define-node'
import { onLearnButton, registerLearnButton } from '../../src/runtime/learn-button'
import { LearnerNode } from '../../src/runtime/learner-node'
import { readLearnerSettings } from '../../src/runtime/learner-settings'
import { ModelAccess } from '../../src/runtime/model-access'

const TYPE = 'anomaly-robust-z'

export = (red: NodeAPI): void =>
  defineNode(red, {
    type: TYPE,
    read: (config, host) => ({
      aggregate: readChoice(host.text('fields.aggregate'), config['aggregate'], AGGREGATES, 'max'),
      contamination:
        readNumber(host.text('fields.contamination'), config['contamination'], {
          min: 0,
          max: 40,
          fallback: 0,
        }) / 100,
      config,
    }),
    create: ({ aggregate, contamination, config }, host) => {
      const access = ModelAccess.of(config, 'detector', host)
      const learner = makeRobustZ({ aggregate, contamination })
      const node = new LearnerNode(
        {
          ...readLearnerSettings(config, learner, access, host),
          learner,
          role: 'detector',
          access,
          present: presentScore('robust-z', access.modelOf),
        },
        host,
      )
      onLearnButton(host, node)
      return node
    },
    register: () => registerLearnButton(red, TYPE),
  })
