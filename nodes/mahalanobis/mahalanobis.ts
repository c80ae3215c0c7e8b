import type { NodeAPI } from 'node-red'
import { makeMahalanobis } from '../../src/core/detectors/mahalanobis'
import { readChoice } from '../../src/core/read-settings'
import { defineNode } from '../../src/runtime/define-node'
import { presentScore } from '../../src/runtime/applier'
import { onLearnButton, registerLearnButton } from '../../src/runtime/learn-button'
import { LearnerNode } from '../../src/runtime/learner-node'
import { readLearnerSettings } from '../../src/runtime/learner-settings'
import { ModelAccess } from '../../src/runtime/model-access'

const TYPE = 'anomaly-mahalanobis'

export = (red: NodeAPI): void =>
  defineNode(red, {
    type: TYPE,
    read: (config, host) => ({
      covariance: readChoice(
        host.text('fields.covariance'),
        config['covariance'],
        ['ledoit-wolf', 'empirical'] as const,
        'ledoit-wolf',
      ),
      config,
    }),
    create: ({ covariance, config }, host) => {
      const access = ModelAccess.of(config, 'detector', host)
      const learner = makeMahalanobis({ covariance })
      const node = new LearnerNode(
        {
          ...readLearnerSettings(config, learner, access, host),
          learner,
          role: 'detector',
          access,
          present: presentScore('mahalanobis', access.modelOf),
        },
        host,
      )
      onLearnButton(host, node)
      return node
    },
    register: () => registerLearnButton(red, TYPE),
  })
