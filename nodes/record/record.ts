import type { NodeAPI } from 'node-red'
import { readChoice, readFlag, readNumber, readText } from '../../src/core/read-settings'
import { RECORD_FORMATS } from '../../src/core/record/encode'
import { defineNode } from '../../src/runtime/define-node'
import { onButton, registerButtons } from '../../src/runtime/node-button'
import { RecordNode } from '../../src/runtime/record-node'
import { resolveUserPath } from '../../src/runtime/user-path'

const TYPE = 'anomaly-record'
const MEGABYTE = 1_000_000
const MINUTE = 60_000

export = (red: NodeAPI): void =>
  defineNode(red, {
    type: TYPE,
    read: (config, host) => {
      const format = readChoice(host.text('record.fieldFormat'), config['format'], RECORD_FORMATS, 'csv')
      const path = readText(host.text('record.fieldPath'), config['path'])
      const number = (field: 'maxSize' | 'maxMinutes', name: string, max: number): number =>
        readNumber(name, config[field], { min: 0, max, fallback: 0 })
      return {
        format,
        // The names of the files get their end from the format.
        path: resolveUserPath(red, format === 'folder' ? path : path.replace(/\.(csv|ndjson|jsonl)$/i, '')),
        label: readText(host.text('record.fieldLabel'), config['dataLabel'], ''),
        recording: readFlag(host.text('record.fieldRecording'), config['recording'], false),
        maxBytes: MEGABYTE * number('maxSize', host.text('record.fieldMaxSize'), 1_000_000),
        maxAge: MINUTE * number('maxMinutes', host.text('record.fieldMaxMinutes'), 1_000_000),
      }
    },
    create: (options, host) => {
      const behaviour = new RecordNode(options, host)
      onButton(host, (button) => behaviour.press(button))
      return behaviour
    },
    register: () => registerButtons(red, TYPE, ['toggle']),
  })
