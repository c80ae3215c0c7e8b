import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import { DeviceError } from '../../core/errors'
import { matchesFilter } from './topic-filter'
import { StateReporter, type Transport, type TransportListener } from './transport'

/** How long, in s, a broker keeps the session of a client that is away. */
const SESSION_EXPIRY = 24 * 3600
const RECONNECT_MS = 1000
/** After a refusal: a wrong password does not become right by itself, and brokers lock out whom they take for an attacker. */
const REFUSED_MS = 5000
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
  /** Leave out the messages that the broker kept and sends at each subscription: no time of arrival tells how old they are. */
  readonly skipRetained: boolean
}

type Trouble = 'sources.mqttLost' | 'sources.mqttRefused' | 'sources.mqttDenied' | 'sources.mqttTls'

/**
 * MQTT by a client of its own. A message is acknowledged only after it has been handed on, and with a persistent
 * session the broker keeps what arrives while this client is away: nothing that was acknowledged is lost.
 */
export class MqttTransport implements Transport {
  private client?: MqttClient
  /** Filters other than the present one that the session on the broker may still be subscribed to. */
  private readonly former = new Set<string>()
  private readonly unsubscribed = new Set<string>()
  private readonly reporter: StateReporter

  constructor(
    private readonly settings: MqttSettings,
    private readonly listener: TransportListener,
    private readonly now: () => number,
  ) {
    this.reporter = new StateReporter(listener)
  }

  open(): void {
    this.reporter.report('connecting')
    const client = mqtt.connect(this.settings.url, this.clientOptions())
    this.client = client
    // handleMessage runs before the acknowledgement goes out, and its callback sends it.
    client.handleMessage = (packet, callback) => {
      if (packet.cmd === 'publish' && this.isWanted(packet)) {
        this.listener.data({ arrival: this.now(), topic: packet.topic, value: packet.payload })
      }
      callback()
    }
    client.on('connect', () => {
      client.options.reconnectPeriod = RECONNECT_MS
      this.subscribe(client)
    })
    client.on('error', (error) => {
      const trouble = troubleOf(error)
      if (trouble === 'sources.mqttDenied') client.options.reconnectPeriod = REFUSED_MS
      this.report('waiting', trouble, error)
    })
    client.on('close', () => this.report('waiting', 'sources.mqttLost'))
    client.on('disconnect', () => this.report('waiting', 'sources.mqttLost'))
  }

  /** @param removed the session is given up: the broker must not keep messages for a node that will never come back */
  async close(removed = false): Promise<void> {
    const { client } = this
    if (client === undefined) return
    this.client = undefined
    client.handleMessage = (_packet, callback) => callback(new Error('closed')) // not acknowledged: comes again
    client.removeAllListeners('close').removeAllListeners('disconnect')
    const ends = removed && this.settings.persistent
    if (ends && client.connected) client.unsubscribe([this.settings.topic, ...this.former], () => undefined)
    const goodbye =
      ends && client.options.protocolVersion === 5 ? { properties: { sessionExpiryInterval: 0 } } : {}
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => client.end(true, {}, () => resolve()), CLOSE_MS)
      client.end(!client.connected, goodbye, () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  /** What the session on the broker may be subscribed to. */
  snapshot(): unknown {
    const former = [...this.former].filter((filter) => !this.unsubscribed.has(filter))
    return { filters: [this.settings.topic, ...former] }
  }

  restore(state: unknown): boolean {
    const filters: unknown =
      typeof state === 'object' && state !== null && 'filters' in state && state.filters
    if (!Array.isArray(filters)) return true
    const { persistent, topic } = this.settings
    for (const filter of filters as readonly unknown[])
      if (persistent && typeof filter === 'string' && filter !== topic) this.former.add(filter)
    return filters[0] === topic
  }

  private subscribe(client: MqttClient): void {
    const { topic, qos } = this.settings
    for (const filter of this.former)
      client.unsubscribe(filter, (error) => error instanceof Error || this.unsubscribed.add(filter))
    client.subscribe(topic, { qos }, (error, granted) => {
      const refused = granted?.some((grant) => grant.qos >= 128) === true
      if (error !== null || refused) this.report('waiting', 'sources.mqttRefused', error ?? undefined)
      else this.reporter.report('connected')
    })
  }

  /** A broker may go on sending what it had for a former filter. */
  private isWanted({ topic, retain }: IPublishPacket): boolean {
    if (retain && this.settings.skipRetained) return false
    if (this.former.size === 0 || matchesFilter(this.settings.topic, topic)) return true
    return ![...this.former].some((filter) => matchesFilter(filter, topic))
  }

  private report(state: 'waiting', key: Trouble, cause?: Error): void {
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
      reconnectOnConnackError: true, // else a broker that refuses once, while it starts, is never asked again
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

/** Codes of CONNACK for a wrong user, password or client: MQTT 3.1.1 table 3.1, MQTT 5.0 table 3-1. */
const DENIED: ReadonlySet<unknown> = new Set([2, 4, 5, 133, 134, 135, 138, 140])
/** Codes of Node.js and OpenSSL for certificates and encryption. */
const TLS = /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|EPROTO/

function troubleOf(error: Error & { readonly code?: unknown }): Trouble {
  if (DENIED.has(error.code)) return 'sources.mqttDenied'
  return TLS.test(String(error.code)) ? 'sources.mqttTls' : 'sources.mqttLost'
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//')
}
