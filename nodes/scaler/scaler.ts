import type { NodeAPI } from 'node-red'
import { ConfigError } from '../../src/core/errors'
import { readChoice, readFlag, readNumber } from '../../src/core/read-settings'
import { SCALER_METHODS } from '../../src/core/scalers/registry'
import { makeScaler } from '../../src/core/scalers/scaler'
import { defineNode } from '../../src/runtime/define-node'
import { onLearnButton, registerLearnButton } from '../../src/runtime/learn-button'
import { LearnerNode } from '../../src/runtime/learner-node'
import { readLearnerSettings } from '../../src/runtime/learner-settings'
import { ModelAccess } from '../../src/runtime/model-access'
import { PassNode } from '../../src/runtime/pass-node'

const TYPE = 'anomaly-scaler'

export = (red: NodeAPI): void =>
  defineNode(red, {
    type: TYPE,
    read: (config, host) => {
      const method = readChoice(host.text('fields.method'), config['method'], SCALER_METHODS, 'standard')
      const low = readNumber(host.text('fields.rangeLow'), config['rangeLow'], { fallback: 0 })
      const high = readNumber(host.text('fields.rangeHigh'), config['rangeHigh'], { fallback: low + 1 })
      if (method === 'minmax' && high <= low)
        throw new ConfigError('settings.notAbove', {
          field: host.text('fields.rangeHigh'),
          min: low,
          got: high,
        })
      return {
        method,
        range: [low, high] as const,
        clip: readFlag(host.text('fields.clip'), config['clip'], false),
        config,
      }
    },
    create: ({ method, range, clip, config }, host) => {
      if (method === 'none') return new PassNode(host)
      const access = ModelAccess.of(config, 'scaler', host)
      const learner = makeScaler({ method, range, clip })
      const node = new LearnerNode(
        {
          ...readLearnerSettings(config, learner, access, host),
          learner,
          role: 'scaler',
          access,
          present: (frame, _input, contract) => ({ ...frame, contract }),
        },
        host,
      )
      onLearnButton(host, node)
      return node
    },
    register: () => registerLearnButton(red, TYPE),
  })
