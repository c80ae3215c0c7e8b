import type { NodeAPI } from 'node-red'
import { readChoice, readFlag, readNumber } from '../../src/core/read-settings'
import { SCALER_METHODS } from '../../src/core/scalers/registry'
import { makeScaler } from '../../src/core/scalers/scaler'
import { defineNode } from '../../src/runtime/define-node'
import { LearnerNode } from '../../src/runtime/learner-node'
import { readLearnerSettings } from '../../src/runtime/learner-settings'
import { ModelAccess } from '../../src/runtime/model-access'
import { PassNode } from '../../src/runtime/pass-node'

export = (red: NodeAPI): void =>
  defineNode(red, {
    type: 'anomaly-scaler',
    read: (config, host) => {
      const low = readNumber(host.text('fields.rangeLow'), config['rangeLow'], { fallback: 0 })
      return {
        method: readChoice(host.text('fields.method'), config['method'], SCALER_METHODS, 'standard'),
        range: [
          low,
          readNumber(host.text('fields.rangeHigh'), config['rangeHigh'], { fallback: low + 1 }),
        ] as const,
        clip: readFlag(host.text('fields.clip'), config['clip'], false),
        config,
      }
    },
    create: ({ method, range, clip, config }, host) => {
      if (method === 'none') return new PassNode(host)
      const access = ModelAccess.of(config, 'scaler', host)
      return new LearnerNode(
        {
          ...readLearnerSettings(config, access, host),
          learner: makeScaler({ method, range, clip }),
          role: 'scaler',
          access,
          present: (frame, _input, contract) => ({ ...frame, contract }),
        },
        host,
      )
    },
  })
