import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { DeviceError } from '../../core/errors'
import { StateReporter, type Transport, type TransportListener } from './transport'

/** How long, in s, a broker keeps the session of a client that is away. */
const SESSION_EXPIRY = 24 * 3600
const RECONNECT_MS = 1000
/** What closing may take in all is 50 ms. */
const CLOSE_MS = 20

export interface MqttSettings {
  readonly url: string
  /** Credentials, TLS, protocol version: as Node-RED's own `mqtt-broker` node worked them out. */
  readonly options: IClientOptions
  /** Topic filter, wildcards and `$share/…` allowed. */
  readonly topic: string
  readonly qos: 0 | 1 | 2
  /** Keep the session on the broker, so that QoS 1 and 2 lose nothing while this client is away. */
  readonly persistent: boolean
  readonly clientId: string
}

/**
 * MQTT by a client of its own. A message is acknowledged only after it has been handed on, and with a persistent
 * session the broker keeps what arrives while this client is away: nothing that was acknowledged is lost.
 */
export class MqttTransport implements Transport {
  private client?: MqttClient
  private readonly reporter: StateReporter

  constructor(
    private readonly settings: MqttSettings,
    private readonly listener: TransportListener,
    private readonly now: () => number,
  ) {
    this.reporter = new StateReporter(listener)
  }

  open(): void {
    const { url, topic, qos } = this.settings
    this.reporter.report('connecting')
    const client = mqtt.connect(url, this.clientOptions())
    this.client = client
    // handleMessage runs before the acknowledgement goes out, and its callback sends it.
    client.handleMessage = (packet, callback) => {
      if (packet.cmd === 'publish') {
        this.listener.data({ arrival: this.now(), topic: String(packet.topic), value: packet.payload })
      }
      callback()
    }
    client.on('connect', () => {
      client.subscribe(topic, { qos }, (error, granted) => {
        const refused = granted?.some((grant) => grant.qos >= 128) === true
        if (error !== null || refused) this.report('waiting', 'sources.mqttRefused', error ?? undefined)
        else this.reporter.report('connected')
      })
    })
    client.on('error', (error) => this.report('waiting', 'sources.mqttLost', error))
    client.on('close', () => this.report('waiting', 'sources.mqttLost'))
    client.on('disconnect', () => this.report('waiting', 'sources.mqttLost'))
  }

  async close(): Promise<void> {
    const { client } = this
    if (client === undefined) return
    this.client = undefined
    client.handleMessage = (_packet, callback) => callback(new Error('closed')) // not acknowledged: comes again
    client.removeAllListeners('close').removeAllListeners('disconnect')
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => client.end(true, {}, () => resolve()), CLOSE_MS)
      client.end(!client.connected, {}, () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  private report(state: 'waiting', key: 'sources.mqttLost' | 'sources.mqttRefused', cause?: Error): void {
    const { url, topic } = this.settings
    const reason =
      cause === undefined ? '' : ` (${cause.message || (cause as { code?: string }).code || cause.name})`
    this.reporter.report(
      state,
      new DeviceError(key, { field: withoutPassword(url), topic, reason }, { cause }),
    )
  }

  private clientOptions(): IClientOptions {
    const { options, clientId, persistent } = this.settings
    const own: IClientOptions = {
      ...options,
      clientId,
      clean: !persistent,
      reconnectPeriod: RECONNECT_MS,
      resubscribe: false, // done on every connect, so that a refusal is seen
      connectTimeout: 5000,
    }
    delete own.will
    if (options.protocolVersion === 5) {
      own.properties = { ...options.properties, sessionExpiryInterval: persistent ? SESSION_EXPIRY : 0 }
    }
    return own
  }
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//')
}
