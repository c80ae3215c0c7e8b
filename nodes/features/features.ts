import type { NodeAPI } from 'node-red'
import { FeatureStage } from '../../src/core/features/feature-stage'
import { readFeatureSettings } from '../../src/core/features/settings'
import { MachineOff } from '../../src/core/machine-off'
import { isEmpty, readChoice, readNumber, readText } from '../../src/core/read-settings'
import { defineNode } from '../../src/runtime/define-node'
import { StageNode } from '../../src/runtime/stage-node'

const PRESETS = ['default', 'slow', 'list'] as const
/** Settings that the dialog does not show with a preset: what is left in them must not count. */
const HIDDEN = {
  default: { lags: undefined },
  // The level of a slow metric is its mean.
  slow: { bands: undefined, resolution: undefined, removeMean: false },
  list: {},
}

export = (red: NodeAPI): void =>
  defineNode(red, {
    type: 'anomaly-features',
    read: (config, host) => {
      const preset = readChoice(host.text('fields.features'), config['preset'], PRESETS, 'default')
      const features = readFeatureSettings({
        ...config,
        ...HIDDEN[preset],
        features: preset === 'list' ? (isEmpty(config['features']) ? [] : config['features']) : [preset],
      })
      const off = {
        below: isEmpty(config['offBelow'])
          ? 0
          : readNumber(host.text('fields.offBelow'), config['offBelow'], { min: 0 }),
        channels: readText(host.text('fields.offChannels'), config['offChannels'], '')
          .split(/[\s,;]+/)
          .filter((name) => name !== ''),
        removeMean: features.removeMean,
        sparesConstant: features.removeMean && features.constantWindow !== 'score',
      }
      return { features, off }
    },
    create: ({ features, off }, host) => {
      let isTold = false
      const irregular = (names: readonly string[], rate: number): void => {
        if (isTold) return
        isTold = true
        host.warn('frame.irregularSpectrum', { field: 'msg.payload', rate, features: names.join(', ') })
      }
      return new StageNode(
        {
          // Windows of a stream may differ in shape from another's: each stream has a plan of its own.
          make: () => {
            const stage = new FeatureStage(features, irregular)
            return off.below > 0 ? new MachineOff(off, stage) : stage
          },
          maxStreams: 100_000,
          ready: (count) => host.status('green', 'dot', host.text('status.windows', { count })),
        },
        host,
      )
    },
  })
