import type { NodeAPI } from 'node-red'
import { makeMahalanobis } from '../../src/core/detectors/mahalanobis'
import { readChoice } from '../../src/core/read-settings'
import { defineNode } from '../../src/runtime/define-node'
import { presentScore } from '../../src/runtime/applier'
import { LearnerNode } from '../../src/runtime/learner-node'
import { readLearnerSettings } from '../../src/runtime/learner-settings'
import { ModelAccess } from '../../src/runtime/model-access'

export = (red: NodeAPI): void =>
  defineNode(red, {
    type: 'anomaly-mahalanobis',
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
      return new LearnerNode(
        {
          ...readLearnerSettings(config, access, host),
          learner: makeMahalanobis({ covariance }),
          role: 'detector',
          access,
          present: presentScore('mahalanobis', access.modelOf),
        },
        host,
      )
    },
  })
