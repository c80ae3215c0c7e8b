import type { NodeAPI } from 'node-red'
import { readFlag, readText } from '../../src/core/read-settings'
import { defineNode } from '../../src/runtime/define-node'
import { fieldKey } from '../../src/runtime/field-key'
import { onButton, registerButtons } from '../../src/runtime/node-button'
import { ReplayNode } from '../../src/runtime/replay-node'
import { readReplaySettings } from '../../src/sources/replay/settings'

const TYPE = 'anomaly-replay'

export = (red: NodeAPI): void =>
  defineNode(red, {
    type: TYPE,
    read: (config, host) => ({
      path: readText(host.text('replay.fieldPath'), config['path'], ''),
      topic: readText(host.text('fields.topic'), config['streamTopic'], ''),
      autostart: readFlag(host.text('replay.fieldAutostart'), config['autostart'], false),
      settings: readReplaySettings(config, (field) => host.text(fieldKey('replay', field))),
    }),
    create: (options, host) => {
      const behaviour = new ReplayNode(options, host)
      onButton(host, (button) => behaviour.press(button))
      return behaviour
    },
    register: () => registerButtons(red, TYPE, ['toggle']),
  })
