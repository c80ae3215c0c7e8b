import type { NodeAPI } from 'node-red'
import { readAlarmSettings, type AlarmField } from '../../src/core/alarm/settings'
import { InputError } from '../../src/core/errors'
import { answerJson } from '../../src/runtime/admin'
import { AlertNode } from '../../src/runtime/alert-node'
import { defineNode } from '../../src/runtime/define-node'
import { fieldKey } from '../../src/runtime/field-key'

const TEST = 'anomaly-alert:test'

export = (red: NodeAPI): void =>
  defineNode(red, {
    type: 'anomaly-alert',
    read: (config, host) =>
      readAlarmSettings(config, (field: AlarmField) => host.text(fieldKey('alert', field))),
    create: (settings, host) => {
      const behaviour = new AlertNode(settings, host)
      host.node.on(TEST as never, () => host.guarded(() => behaviour.test()))
      return behaviour
    },
    register: () =>
      answerJson(red, 'post', '/edge-anomaly/alerts/:id/test', 'write', (request) => {
        const node = red.nodes.getNode(String(request.params['id']))
        if (node?.type !== 'anomaly-alert') throw new InputError('alert.notDeployed', { field: 'id' })
        node.emit(TEST)
      }),
  })
