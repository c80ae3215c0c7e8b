import type { NodeAPI } from 'node-red'
import type { Extent } from '../../src/core/extent'
import { isEmpty, readChoice, readNumber, readText, readWhole } from '../../src/core/read-settings'
import { WindowOrOff } from '../../src/core/window-or-off'
import { defineNode } from '../../src/runtime/define-node'
import { StageNode } from '../../src/runtime/stage-node'

const UNITS = ['seconds', 'samples'] as const
const CONTEXTS = ['message', 'channel'] as const
const LEVELS = ['vibration', 'value'] as const

export = (red: NodeAPI): void =>
  defineNode(red, {
    type: 'anomaly-window',
    read: (config, host) => {
      const field = (
        name:
          | 'length'
          | 'hop'
          | 'gap'
          | 'resample'
          | 'maxStreams'
          | 'unit'
          | 'context'
          | 'contextFrom'
          | 'settle'
          | 'offBelow'
          | 'offChannels'
          | 'offLevel',
      ) => host.text(`fields.${name}`)
      const contextFrom = readChoice(field('contextFrom'), config['contextFrom'], CONTEXTS, 'message')
      const isChannel = contextFrom === 'channel'
      // A message may do without a name: then it is msg.context. A channel may not.
      const context = readText(field('context'), config['context'], isChannel ? undefined : '')
      const unit = readChoice(field('unit'), config['unit'], UNITS, 'seconds')
      const readLength = unit === 'samples' ? readWhole : readNumber
      const least = unit === 'samples' ? 1 : 1e-3
      const limits = { min: least, max: 1_000_000 }
      const readExtent = (name: 'length' | 'hop', fallback?: number): Extent => ({
        value: readLength(field(name), config[name], { ...limits, fallback }),
        unit,
      })
      const isVibration =
        readChoice(field('offLevel'), config['offLevel'], LEVELS, 'vibration') === 'vibration'
      const below = readNumber(field('offBelow'), config['offBelow'], { min: 0, fallback: 0 })
      const off = {
        below,
        channels: readText(field('offChannels'), config['offChannels'], '')
          .split(/[\s,;]+/)
          .filter((name) => name !== ''),
        removeMean: isVibration,
        // A vibration sensor without noise is broken; a current may well be steady.
        sparesConstant: isVibration,
      }
      return {
        off: below > 0 ? off : undefined,
        length: readExtent('length', unit === 'samples' ? 200 : 1),
        hop: isEmpty(config['hop']) ? undefined : readExtent('hop'),
        gapMs: readNumber(field('gap'), config['gap'], { min: 0, max: 86_400_000, fallback: 0 }) || undefined,
        resampleRate:
          readNumber(field('resample'), config['resample'], { min: 0, max: 1_000_000, fallback: 0 }) ||
          undefined,
        maxStreams: readWhole(field('maxStreams'), config['maxStreams'], {
          min: 1,
          max: 100_000,
          fallback: 1000,
        }),
        contexts: {
          property: context,
          ...(isChannel ? { channel: context } : {}),
          settleMs:
            1000 * readNumber(field('settle'), config['settle'], { min: 0, max: 86_400, fallback: 0 }),
        },
      }
    },
    create: (settings, host) =>
      new StageNode(
        {
          make: () => new WindowOrOff(settings, settings.off),
          maxStreams: settings.maxStreams,
          contexts: settings.contexts,
          collecting: ({ collected }) =>
            host.status('yellow', 'ring', host.text('status.collecting', { ...collected })),
          ready: (count) => host.status('green', 'dot', host.text('status.windows', { count })),
        },
        host,
      ),
  })
