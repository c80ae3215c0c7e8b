import type { IClientOptions } from 'mqtt'
import type { NodeAPI } from 'node-red'
import { ConfigError } from '../../src/core/errors'
import { readChoice, readText, readWhole } from '../../src/core/read-settings'
import { defineNode, type Config } from '../../src/runtime/define-node'
import type { Host } from '../../src/runtime/host'
import { sensorClaimsOf } from '../../src/runtime/sensor-claims'
import { SourceNode } from '../../src/runtime/source-node'
import { registerSourceRoutes } from '../../src/runtime/source-routes'
import type { SourceSettings } from '../../src/sources/source-settings'
import { SourceStage } from '../../src/sources/source-stage'
import { HttpTransport } from '../../src/sources/transports/http'
import { I2cTransport, i2cSourceSettings } from '../../src/sources/transports/i2c'
import { MqttTransport } from '../../src/sources/transports/mqtt'
import { SerialTransport } from '../../src/sources/transports/serial'
import type { Transport, TransportListener } from '../../src/sources/transports/transport'
import { readMqttChoices, readSerialSettings, readSourceSettings, TRANSPORTS } from './settings'

/** Node-RED's own `mqtt-broker` node: its constructor has worked out the URL and the options of mqtt.js. */
interface BrokerNode {
  readonly brokerurl?: unknown
  readonly options?: unknown
}

interface Connection {
  readonly target: string
  make?(listener: TransportListener): Transport
}

export = (red: NodeAPI): void =>
  defineNode(red, {
    type: 'anomaly-imu-source',
    read: (config, host) => {
      const transport = readChoice(host.text('fields.transport'), config['transport'], TRANSPORTS, 'mqtt')
      const shared = readSourceSettings(config, transport, host)
      const source = transport === 'i2c' ? i2cSourceSettings(shared, i2cConfig(config)) : shared
      return { source, connection: connect(transport, config, source, host) }
    },
    create: ({ source, connection }, host) =>
      new SourceNode(new SourceStage(source), connection.make?.bind(connection), connection.target, host),
    register: registerSourceRoutes,
  })

function connect(
  transport: (typeof TRANSPORTS)[number],
  config: Config,
  source: SourceSettings,
  host: Host,
): Connection {
  const now = (): number => host.now()
  switch (transport) {
    case 'mqtt': {
      const broker = brokerOf(config, host)
      const choices = readMqttChoices(config, host)
      const clientId = choices.clientId || `${instanceOf(host)}-${host.node.id}`
      const settings = { ...choices, ...broker, clientId, skipRetained: source.clock === 'arrival' }
      return { target: broker.url, make: (listener) => new MqttTransport(settings, listener, now) }
    }
    case 'serial': {
      const settings = readSerialSettings(config, host, source.noDataAfter)
      return { target: settings.path, make: (listener) => new SerialTransport(settings, listener, now) }
    }
    case 'http': {
      const bind = readText(host.text('fields.httpHost'), config['httpHost'], '0.0.0.0')
      const port = readWhole(host.text('fields.httpPort'), config['httpPort'], {
        min: 0,
        max: 65_535,
        fallback: 1337,
      })
      return {
        target: `${bind}:${port}`,
        make: (listener) => new HttpTransport({ host: bind, port }, listener, now),
      }
    }
    case 'i2c':
      return {
        target: `I2C ${String(config['chip'])}`,
        make: (listener) =>
          new I2cTransport(
            i2cConfig(config),
            listener,
            sensorClaimsOf(host.red),
            host.node.name || host.node.id,
          ),
      }
    case 'message':
      return { target: '' }
  }
}

/** The dialog's names of the I2C settings, as `readI2cSettings` knows them. */
function i2cConfig(config: Config): Config {
  return { ...config, bus: config['i2cBus'], rate: config['i2cRate'], unit: config['accelerationUnit'] }
}

function brokerOf(config: Config, host: Host): { url: string; options: IClientOptions } {
  const id = readText(host.text('fields.broker'), config['broker'])
  const node = host.red.nodes.getNode(id) as unknown as BrokerNode | null
  if (typeof node?.brokerurl !== 'string' || typeof node.options !== 'object' || node.options === null) {
    throw new ConfigError('sources.noBroker', { field: host.text('fields.broker') })
  }
  return { url: node.brokerurl, options: node.options }
}

/** Tells several Node-REDs on one broker apart: two clients of one name would throw each other out. */
function instanceOf(host: Host): string {
  const get = (host.red.settings as unknown as { get?: (name: string) => unknown }).get
  const id = get?.('instanceId')
  return typeof id === 'string' ? id : 'node-red'
}
