import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** A certificate authority of its own, and a certificate of it for 127.0.0.1, as files. */
export class Certificates {
  private readonly folder = mkdtempSync(path.join(os.tmpdir(), 'anomaly-certificates-'))
  readonly ca = this.file('ca.pem')
  readonly certificate = this.file('server.pem')
  readonly key = this.file('server.key')

  constructor() {
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    const caKey = this.file('ca.key')
    const request = this.file('server.csr')
    const names = this.file('names')
    writeFileSync(names, 'subjectAltName=IP:127.0.0.1')
    this.openssl(
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      caKey,
      '-out',
      this.ca,
      '-days',
      '2',
      '-subj',
      '/CN=test CA',
    )
    this.openssl('req', ...newKey, '-keyout', this.key, '-out', request, '-subj', '/CN=127.0.0.1')
    const signer = ['-CA', this.ca, '-CAkey', caKey, '-CAcreateserial', '-days', '2']
    this.openssl('x509', '-req', '-in', request, ...signer, '-extfile', names, '-out', this.certificate)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  private file(name: string): string {
    return path.join(this.folder, name)
  }

  private openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { stdio: 'ignore' })
  }
}
