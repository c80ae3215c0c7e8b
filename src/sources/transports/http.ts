import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { DeviceError } from '../../core/errors'
import { BackOff } from './back-off'
import { StateReporter, type Transport, type TransportListener } from './transport'

/** Longest body that is read, bytes. */
const MAX_BODY = 8 * 1024 * 1024

export interface HttpSettings {
  readonly host: string
  readonly port: number
}

/**
 * Takes samples by HTTP POST. Small devices read the answer by counting lines: after the status line they expect exactly
 * two header lines, so the answers are written as such, in HTTP/1.0, and the connection is closed. `GET` answers `1`: "send".
 */
export class HttpTransport implements Transport {
  private server?: http.Server
  private closed = false
  private retry?: NodeJS.Timeout
  private readonly backOff = new BackOff()
  private readonly reporter: StateReporter

  constructor(
    private readonly settings: HttpSettings,
    private readonly listener: TransportListener,
    private readonly now: () => number,
  ) {
    this.reporter = new StateReporter(listener)
  }

  open(): void {
    this.reporter.report('connecting')
    this.listen()
  }

  /** The port listened on; the one chosen by the system where the setting is 0. */
  get port(): number | undefined {
    return (this.server?.address() as AddressInfo | null | undefined)?.port
  }

  async close(): Promise<void> {
    this.closed = true
    clearTimeout(this.retry)
    const { server } = this
    this.server = undefined
    if (server === undefined) return
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }

  private listen(): void {
    const { host, port } = this.settings
    const server = http.createServer((request) => this.answer(request))
    server.headersTimeout = 10_000
    server.requestTimeout = 30_000
    this.server = server
    server.on('error', (cause: NodeJS.ErrnoException) => {
      if (this.closed) return
      server.close()
      this.reporter.report(
        'waiting',
        new DeviceError(
          'sources.httpLost',
          { field: `${host}:${port}`, reason: cause.code ?? cause.message },
          { cause },
        ),
      )
      this.retry = setTimeout(() => this.listen(), this.backOff.next())
    })
    server.listen(port, host, () => {
      this.backOff.reset()
      this.reporter.report('connected')
    })
  }

  private answer(request: http.IncomingMessage): void {
    const arrival = this.now()
    const chunks: Buffer[] = []
    let size = 0
    request.on('error', () => request.destroy())
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > MAX_BODY) {
        this.write(request, '413 Payload Too Large')
        request.destroy()
      } else chunks.push(chunk)
    })
    request.on('end', () => {
      if (request.method === 'GET') {
        this.write(request, '200 OK', '1')
      } else if (request.method === 'POST' || request.method === 'PUT') {
        this.listener.data({ arrival, topic: streamOf(request), value: Buffer.concat(chunks) })
        this.write(request, '204 No Content')
      } else {
        this.write(request, '405 Method Not Allowed')
      }
    })
  }

  /** Exactly two header lines: see above. */
  private write(request: http.IncomingMessage, status: string, body = ''): void {
    const date = new Date(this.now()).toUTCString()
    request.socket.end(`HTTP/1.0 ${status}\r\nServer: edge-anomaly\r\nDate: ${date}\r\n\r\n${body}`)
  }
}

/** The path names the stream; at the root the device's address does. */
function streamOf(request: http.IncomingMessage): string {
  const path = (request.url ?? '/').split('?')[0]!.replace(/^\/+|\/+$/g, '')
  if (path === '') return (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
