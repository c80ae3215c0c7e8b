import { ConfigError } from '../../src/core/errors'
import { isEmpty, readChoice, readFlag, readNumber, readText, readWhole } from '../../src/core/read-settings'
import type { Config } from '../../src/runtime/define-node'
import type { Host } from '../../src/runtime/host'
import { TIME_UNITS } from '../../src/sources/decode/decoder'
import { readChannels } from '../../src/sources/read-channels'
import type { SourceSettings } from '../../src/sources/source-settings'
import type { SerialSettings } from '../../src/sources/transports/serial'

export const TRANSPORTS = ['mqtt', 'serial', 'i2c', 'http', 'message'] as const

/** NO_DATA after so many s where nothing is set; recordings may have pauses between them, often of a minute. */
const NO_DATA_AFTER = { continuous: 10, separate: 180 } as const

/** Reads what all transports share. @throws ConfigError that names the field */
export function readSourceSettings(
  config: Config,
  transport: (typeof TRANSPORTS)[number],
  host: Host,
): SourceSettings {
  const name = (field: string): string => host.text(`fields.${field}` as Parameters<Host['text']>[0])
  const optional = (field: string, min: number, max: number): number | undefined =>
    isEmpty(config[field]) ? undefined : readNumber(name(field), config[field], { min, max })
  const text = (field: string): string | undefined => readText(name(field), config[field], '') || undefined
  const messages = readChoice(
    name('continuity'),
    config['continuity'],
    ['continuous', 'separate'] as const,
    'continuous',
  )
  // A sensor on I2C is read all the time, whatever an earlier transport of the node was set to.
  const continuity = transport === 'i2c' ? 'continuous' : messages
  return {
    channels: readChannels(name('channels'), config['channels']),
    rate: optional('rate', 1e-6, 1_000_000),
    format: readText(name('format'), config['format'], 'json'),
    options:
      typeof config['options'] === 'object' && config['options'] !== null
        ? (config['options'] as Config)
        : {},
    clock: readChoice(name('clock'), config['clock'], ['arrival', 'device', 'sequence'] as const, 'arrival'),
    timeField: text('timeField'),
    timeUnit: readChoice(name('timeUnit'), config['timeUnit'], TIME_UNITS, 'ms'),
    sequenceField: text('sequenceField'),
    sequenceCounts: readChoice(
      name('sequenceCounts'),
      config['sequenceCounts'],
      ['samples', 'messages'] as const,
      'samples',
    ),
    modulus: optional('modulus', 2, 2 ** 53),
    continuity,
    reorder: readNumber(name('reorder'), config['reorder'], { min: 0, max: 60_000, fallback: 0 }),
    noDataAfter:
      1000 *
      readNumber(name('noDataAfter'), config['noDataAfter'], {
        min: 0,
        max: 86_400,
        fallback: NO_DATA_AFTER[continuity],
      }),
    rateTolerance:
      readNumber(name('rateTolerance'), config['rateTolerance'], { min: 0, max: 100, fallback: 0 }) / 100,
    topic: readText(name('topic'), config['streamTopic'], ''),
    maxStreams: readWhole(name('maxStreams'), config['maxStreams'], { min: 1, max: 100_000, fallback: 1000 }),
  }
}

/** What the dialog offers; others of the kind work too. */
const SERIAL_MODES = ['8N1', '8E1', '8O1', '8N2', '7E1', '7O1', '7N1']
const PARITIES = { N: 'none', E: 'even', O: 'odd' } as const

/** @throws ConfigError */
export function readSerialSettings(config: Config, host: Host, noDataAfter: number): SerialSettings {
  const mode = readText(host.text('fields.serialMode'), config['serialMode'], '8N1')
  const [, bits, parity, stop] = /^([5-8])([NEO])([12])$/.exec(mode) ?? []
  if (bits === undefined || parity === undefined || stop === undefined) {
    throw new ConfigError('settings.notOneOf', {
      field: host.text('fields.serialMode'),
      choices: SERIAL_MODES.join(', '),
      got: mode,
    })
  }
  return {
    path: readText(host.text('fields.serialPath'), config['serialPath']),
    baudRate: readWhole(host.text('fields.baudRate'), config['baudRate'], {
      min: 50,
      max: 20_000_000,
      fallback: 115_200,
    }),
    dataBits: Number(bits) as SerialSettings['dataBits'],
    parity: PARITIES[parity as keyof typeof PARITIES],
    stopBits: Number(stop) as SerialSettings['stopBits'],
    startCommand: readText(host.text('fields.startCommand'), config['startCommand'], '')
      .replace(/\\n/g, '\n')
      .replace(/\\r/g, '\r'),
    // Long after NO_DATA was told: some drivers do not say that the plug is gone, and only a new opening finds out.
    silenceMs: noDataAfter === 0 ? 0 : Math.max(30_000, 3 * noDataAfter),
  }
}

export function readMqttChoices(
  config: Config,
  host: Host,
): { topic: string; qos: 0 | 1 | 2; persistent: boolean; clientId: string } {
  return {
    topic: readText(host.text('fields.mqttTopic'), config['mqttTopic']),
    qos: Number(
      readChoice(host.text('fields.qos'), String(config['qos'] ?? '1'), ['0', '1', '2'] as const),
    ) as 0 | 1 | 2,
    persistent: readFlag(host.text('fields.persistent'), config['persistent'], true),
    clientId: readText(host.text('fields.clientId'), config['clientId'], ''),
  }
}
