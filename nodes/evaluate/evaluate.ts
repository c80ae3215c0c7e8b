import type { NodeAPI } from 'node-red'
import { NORMAL_LABELS } from '../../src/core/evaluation/evaluation'
import { isEmpty, readNumber, readText, readWhole } from '../../src/core/read-settings'
import { defineNode } from '../../src/runtime/define-node'
import { EvaluateNode } from '../../src/runtime/evaluate-node'
import { onButton, registerButtons } from '../../src/runtime/node-button'

const TYPE = 'anomaly-evaluate'

export = (red: NodeAPI): void =>
  defineNode(red, {
    type: TYPE,
    read: (config, host) => {
      const labels = readText(host.text('evaluate.fieldNormalLabels'), config['normalLabels'], '')
        .split(',')
        .map((label) => label.trim().toLowerCase())
        .filter((label) => label !== '')
      return {
        normalLabels: new Set(labels.length === 0 ? NORMAL_LABELS : labels),
        every:
          1000 *
          readNumber(host.text('evaluate.fieldEvery'), config['every'], { min: 0, max: 86_400, fallback: 0 }),
        ...(isEmpty(config['threshold'])
          ? {}
          : { threshold: readNumber(host.text('evaluate.fieldThreshold'), config['threshold']) }),
        most: readWhole(host.text('evaluate.fieldMost'), config['most'], {
          min: 10,
          max: 1_000_000,
          fallback: 100_000,
        }),
      }
    },
    create: (options, host) => {
      const behaviour = new EvaluateNode(options, host)
      onButton(host, () => behaviour.press())
      return behaviour
    },
    register: () => registerButtons(red, TYPE, ['report']),
  })
