import type { NodeAPI } from 'node-red'
import { FeatureStage } from '../../src/core/features/feature-stage'
import { readFeatureSettings } from '../../src/core/features/settings'
import { readChoice } from '../../src/core/read-settings'
import { defineNode } from '../../src/runtime/define-node'
import { StageNode } from '../../src/runtime/stage-node'

const PRESETS = ['default', 'slow', 'list'] as const

export = (red: NodeAPI): void =>
  defineNode(red, {
    type: 'anomaly-features',
    read: (config, host) => {
      const preset = readChoice(host.text('fields.features'), config['preset'], PRESETS, 'default')
      return readFeatureSettings({ ...config, features: preset === 'list' ? config['features'] : [preset] })
    },
    create: (settings, host) =>
      new StageNode(
        {
          // Windows of a stream may differ in shape from another's: each stream has a plan of its own.
          make: () => new FeatureStage(settings),
          maxStreams: 100_000,
          ready: (count) => host.status('green', 'dot', host.text('status.windows', { count })),
        },
        host,
      ),
  })
