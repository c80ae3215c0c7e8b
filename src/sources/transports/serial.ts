import { ConfigError, DeviceError } from '../../core/errors'
import { BackOff } from './back-off'
import { StateReporter, type Transport, type TransportListener } from './transport'

/** The part of the serialport package that is used; it is optional and loaded when first needed. */
interface Port {
  open(callback: (error: Error | null) => void): void
  close(callback?: (error: Error | null) => void): void
  destroy(error?: Error): void
  readonly isOpen: boolean
  on(event: 'data', listener: (chunk: Uint8Array) => void): this
  on(event: 'close' | 'error', listener: (error?: Error | null) => void): this
  removeAllListeners(): this
  write(data: string): boolean
  /** Asks the driver for the control lines. */
  get(callback: (error: Error | null) => void): void
}
interface SerialPortModule {
  readonly SerialPort: {
    new (options: Readonly<Record<string, unknown>>): Port
    list(): Promise<readonly { path: string; manufacturer?: string; serialNumber?: string }[]>
  }
}

export interface SerialSettings {
  readonly path: string
  readonly baudRate: number
  readonly dataBits: 5 | 6 | 7 | 8
  readonly stopBits: 1 | 1.5 | 2
  readonly parity: 'none' | 'even' | 'odd' | 'mark' | 'space'
  /** Text sent after opening, for devices that have to be started; may be empty. */
  readonly startCommand: string
  /** Opened anew after so many ms without a byte, since some drivers say nothing when the plug is pulled; 0: never. */
  readonly silenceMs: number
}

/** After so many ms without a byte the driver is asked, at most so often, whether the line is there at all. */
const ASK_MS = 500
/**
 * What drivers say of a line that is gone. Reading from it may give nothing and no error, over and over: the serialport
 * package then never reports the loss and keeps a processor busy. A driver that knows no control lines says something else.
 */
const GONE = /input\/output error|no such device|not configured/i

/** @throws ConfigError where the optional package is not installed */
export function loadSerialPort(): SerialPortModule {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- optional and native: only loaded where it is used
    return require('serialport') as SerialPortModule
  } catch (cause) {
    throw new ConfigError('sources.serialMissing', { field: 'serialport' }, { cause })
  }
}

/** The ports of this machine, for the dialog. */
export async function listSerialPorts(): Promise<readonly { path: string; description: string }[]> {
  const ports = await loadSerialPort().SerialPort.list()
  return ports.map((port) => ({
    path: port.path,
    description: [port.manufacturer, port.serialNumber].filter(Boolean).join(' '),
  }))
}

/** A serial line that is opened again by itself, with back-off, whenever it is lost. */
export class SerialTransport implements Transport {
  private port?: Port
  private closed = false
  private retry?: NodeJS.Timeout
  private watch?: NodeJS.Timeout
  private lastByteAt = 0
  private readonly backOff = new BackOff()
  private readonly reporter: StateReporter

  constructor(
    private readonly settings: SerialSettings,
    private readonly listener: TransportListener,
    private readonly now: () => number,
    private readonly load: () => SerialPortModule = loadSerialPort,
  ) {
    this.reporter = new StateReporter(listener)
  }

  open(): void {
    this.load() // a missing package is a setting to change, not an outage
    this.reporter.report('connecting')
    this.tryOpen()
  }

  async close(): Promise<void> {
    this.closed = true
    clearTimeout(this.retry)
    clearInterval(this.watch)
    const { port } = this
    this.port = undefined
    if (port === undefined) return
    port.removeAllListeners()
    port.on('error', () => undefined)
    if (port.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()))
  }

  private tryOpen(): void {
    if (this.closed) return
    const { path, baudRate, dataBits, stopBits, parity, startCommand } = this.settings
    const { SerialPort } = this.load()
    const port = new SerialPort({ path, baudRate, dataBits, stopBits, parity, autoOpen: false })
    this.port = port
    port.on('data', (chunk) => {
      this.lastByteAt = this.now()
      this.listener.data({ arrival: this.lastByteAt, bytes: chunk })
    })
    port.on('error', (error) => this.lost(port, error ?? undefined))
    port.on('close', (error) => this.lost(port, error ?? undefined))
    port.open((error) => {
      if (this.closed) {
        if (error === null || error === undefined) port.close()
        return
      }
      if (error !== null && error !== undefined) {
        this.lost(port, error)
        return
      }
      this.backOff.reset()
      this.lastByteAt = this.now()
      this.listener.reconnected()
      this.reporter.report('connected')
      if (startCommand !== '') port.write(startCommand)
      this.watchLine(port)
    })
  }

  private watchLine(port: Port): void {
    clearInterval(this.watch)
    const { silenceMs } = this.settings
    this.watch = setInterval(() => {
      const silent = this.now() - this.lastByteAt
      if (silenceMs > 0 && silent > silenceMs) this.lost(port, new Error('no data'))
      else if (silent >= ASK_MS && port.isOpen)
        port.get((error) => {
          if (error !== null && GONE.test(error.message)) this.lost(port, error)
        })
    }, ASK_MS)
  }

  private lost(port: Port, cause: Error | undefined): void {
    if (this.closed || this.port !== port) return
    this.port = undefined
    clearInterval(this.watch)
    port.removeAllListeners()
    port.on('error', () => undefined)
    if (port.isOpen) port.close(() => undefined)
    const reason = cause === undefined ? '' : ` (${cause.message})`
    this.reporter.report(
      'waiting',
      new DeviceError('sources.serialLost', { field: this.settings.path, reason }, { cause }),
    )
    this.retry = setTimeout(() => this.tryOpen(), this.backOff.next())
  }
}
