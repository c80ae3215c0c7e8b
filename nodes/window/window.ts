import type { NodeAPI } from 'node-red'
import type { Extent } from '../../src/core/extent'
import { isEmpty, readChoice, readNumber, readText, readWhole } from '../../src/core/read-settings'
import { WindowStage } from '../../src/core/window'
import { defineNode } from '../../src/runtime/define-node'
import { StageNode } from '../../src/runtime/stage-node'

const UNITS = ['seconds', 'samples'] as const
const CONTEXTS = ['message', 'channel'] as const

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
          | 'settle',
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
      return {
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
          make: () => new WindowStage(settings),
          maxStreams: settings.maxStreams,
          contexts: settings.contexts,
          collecting: ({ collected }) =>
            host.status('yellow', 'ring', host.text('status.collecting', { ...collected })),
          ready: (count) => host.status('green', 'dot', host.text('status.windows', { count })),
        },
        host,
      ),
  })
