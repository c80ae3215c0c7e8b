import os from 'node:os'
import type { NodeAPI } from 'node-red'
import { readNumber, readText } from '../../src/core/read-settings'
import { defineNode } from '../../src/runtime/define-node'
import { MetricsNode } from '../../src/runtime/metrics-node'
import { openMetrics } from '../../src/sources/metrics/open-metrics'
import { readMetrics } from '../../src/sources/metrics/settings'

export = (red: NodeAPI): void =>
  defineNode(red, {
    type: 'anomaly-system-metrics',
    read: (config, host) => ({
      metrics: readMetrics(host.text('metrics.fieldMetrics'), config['metrics']),
      seconds: readNumber(host.text('metrics.fieldPeriod'), config['period'], {
        min: 0.1,
        max: 3600,
        fallback: 1,
      }),
      topic: readText(host.text('fields.topic'), config['streamTopic'], os.hostname()),
    }),
    create: ({ metrics, seconds, topic }, host) =>
      new MetricsNode(
        { metrics, period: 1000 * seconds, topic, open: () => openMetrics(metrics, 1 / seconds) },
        host,
      ),
  })
