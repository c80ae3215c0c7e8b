import type { NodeAPI } from 'node-red'
import { readText, readWhole } from '../../src/core/read-settings'
import { defineNode, type Behaviour } from '../../src/runtime/define-node'
import { registerModelRoutes } from '../../src/runtime/model-routes'
import { DEFAULT_CALIBRATION_ROWS, DEFAULT_ROWS, type ModelNode } from '../../src/runtime/model-access'

/** Config node: names a bundle and says how much data learning and calibration take. The nodes that use it read these fields. */
export = (red: NodeAPI): void =>
  defineNode(red, {
    type: 'anomaly-model',
    read: (config, host): ModelNode => ({
      bundleName: readText(host.text('fields.bundle'), config['bundle']).trim(),
      rows: readWhole(host.text('fields.rows'), config['rows'], {
        min: 2,
        max: 100_000,
        fallback: DEFAULT_ROWS,
      }),
      calibrationRows: readWhole(host.text('fields.calibrationRows'), config['calibrationRows'], {
        min: 1,
        max: 1_000_000,
        fallback: DEFAULT_CALIBRATION_ROWS,
      }),
      versionsKept: readWhole(host.text('fields.versions'), config['versions'], {
        min: 1,
        max: 100,
        fallback: 5,
      }),
    }),
    create: (settings, host): Behaviour => {
      Object.assign(host.node, settings)
      return {}
    },
    register: registerModelRoutes,
  })
