import type { NodeAPI } from 'node-red'
import { AGGREGATES, makeRobustZ } from '../../src/core/detectors/robust-z'
import { readChoice, readNumber } from '../../src/core/read-settings'
import { presentScore } from '../../src/runtime/applier'
import { defineNode } from '../../src/runtime/define-node'
import { LearnerNode } from '../../src/runtime/learner-node'
import { readLearnerSettings } from '../../src/runtime/learner-settings'
import { ModelAccess } from '../../src/runtime/model-access'

export = (red: NodeAPI): void =>
  defineNode(red, {
    type: 'anomaly-robust-z',
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
      return new LearnerNode(
        {
          ...readLearnerSettings(config, access, host),
          learner: makeRobustZ({ aggregate, contamination }),
          role: 'detector',
          access,
          present: presentScore('robust-z', access.modelOf),
        },
        host,
      )
    },
  })
