import type { NodeAPI } from 'node-red'
import { readChoice, readText, readWhole } from '../../src/core/read-settings'
import { readCalibrationSettings, type CalibrationField } from '../../src/core/thresholds/settings'
import { answerJson } from '../../src/runtime/admin'
import { defineNode } from '../../src/runtime/define-node'
import { fieldKey } from '../../src/runtime/field-key'
import { ModelAccess } from '../../src/runtime/model-access'
import { ThresholdNode } from '../../src/runtime/threshold-node'

const DESCRIBE = 'anomaly-threshold-calibrate:describe'

export = (red: NodeAPI): void =>
  defineNode(red, {
    type: 'anomaly-threshold-calibrate',
    read: (config, host) => ({
      config,
      keep: readChoice(host.text('fields.keep'), config['keep'], ['stream', 'all'] as const, 'stream'),
      maxStreams: readWhole(host.text('fields.maxStreams'), config['maxStreams'], {
        min: 1,
        max: 100_000,
        fallback: 1000,
      }),
      contexts: readChoice(
        host.text('fields.calibrateContexts'),
        config['contexts'],
        ['together', 'apart'] as const,
        'together',
      ),
      contextProperty: readText(host.text('fields.context'), config['context'], ''),
    }),
    create: ({ config, ...options }, host) => {
      const access = ModelAccess.of(config, 'threshold', host)
      const name = (field: CalibrationField): string => host.text(fieldKey('threshold', field))
      const settings = readCalibrationSettings(config, access.calibrationRows, name)
      const behaviour = new ThresholdNode({ ...options, settings, access }, host)
      host.node.on(
        DESCRIBE as never,
        ((answer: (shown: unknown) => void) => answer(behaviour.describe())) as never,
      )
      return behaviour
    },
    register: () =>
      answerJson(red, 'get', '/edge-anomaly/thresholds/:id', 'read', (request) => {
        let calibrations: unknown = []
        const answer = (shown: unknown): void => void (calibrations = shown)
        red.nodes.getNode(String(request.params['id']))?.emit(DESCRIBE, answer)
        return { calibrations }
      }),
  })
