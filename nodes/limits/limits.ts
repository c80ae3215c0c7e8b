import type { NodeAPI } from 'node-red'
import type { Frame } from '../../src/core/frame'
import { readLimits } from '../../src/core/limits/limit'
import { LimitsStage } from '../../src/core/limits/limits-stage'
import { readWhole } from '../../src/core/read-settings'
import type { Verdict } from '../../src/core/verdict'
import { defineNode } from '../../src/runtime/define-node'
import { fieldKey } from '../../src/runtime/field-key'
import type { Host } from '../../src/runtime/host'
import { StageNode } from '../../src/runtime/stage-node'

export = (red: NodeAPI): void =>
  defineNode(red, {
    type: 'anomaly-limits',
    read: (config, host) => ({
      limits: readLimits(config['limits'], (field) => host.text(fieldKey('limits', field))),
      maxStreams: readWhole(host.text('fields.maxStreams'), config['maxStreams'], {
        min: 1,
        max: 100_000,
        fallback: 1000,
      }),
    }),
    create: ({ limits, maxStreams }, host) =>
      new StageNode(
        {
          make: () =>
            new LimitsStage(limits, (channel, channels) =>
              host.warn('limits.missing', { field: 'msg.payload', channel, channels: channels.join(', ') }),
            ),
          maxStreams,
          ready: (_, newest) => show(newest, limits.length, host),
        },
        host,
      ),
  })

function show(newest: Frame | Verdict, count: number, host: Host): void {
  if (!('reason' in newest)) return
  const channel = Object.keys(newest.contributions ?? {}).join(', ')
  if (newest.reason === 'NORMAL') host.status('green', 'dot', host.text('limits.watching', { count }))
  else host.status(newest.isAnomaly ? 'red' : 'yellow', 'dot', host.text('limits.passed', { channel }))
}
