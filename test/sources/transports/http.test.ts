import assert from 'node:assert/strict'
import net from 'node:net'
import { HttpTransport } from '../../../src/sources/transports/http'
import { freePort } from '../../node-red'
import { Recorder } from './recorder'

/** Sends raw bytes as a microcontroller does and gives back the raw answer. */
function exchange(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(request))
    let answer = ''
    socket.on('data', (chunk) => (answer += chunk.toString()))
    socket.on('end', () => resolve(answer))
    socket.on('error', reject)
  })
}

describe('HTTP transport', () => {
  const recorder = new Recorder()
  let transport: HttpTransport
  let port: number

  before(async () => {
    port = await freePort()
    transport = new HttpTransport({ host: '127.0.0.1', port }, recorder, () => 1_700_000_000_000)
    transport.open()
    await recorder.until((r) => r.count('connected') === 1)
  })
  after(() => transport.close())

  it('answers GET with a status line, exactly two header lines and the flag 1', async () => {
    const answer = await exchange(port, 'GET / HTTP/1.1\r\nHost: rig\r\nConnection: close\r\n\r\n')
    const lines = answer.split('\r\n')
    assert.equal(lines.length, 5)
    assert.match(lines[0]!, /^HTTP\/1\.0 200 OK$/)
    assert.match(lines[1]!, /^Server: /)
    assert.match(lines[2]!, /^Date: Tue, 14 Nov 2023 22:13:20 GMT$/)
    assert.deepEqual(lines.slice(3), ['', '1'])
    // The sketch drops four lines and reads the flag from what follows.
    assert.equal(answer.split('\r').slice(4).join('').trim(), '1')
  })

  it('takes a POST, names the stream after the path and answers with two header lines', async () => {
    const body = '{"x":[1,2],"y":[0,0],"z":[1,1]}'
    const answer = await exchange(
      port,
      `POST /fan HTTP/1.1\r\nHost: rig\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    assert.match(answer, /^HTTP\/1\.0 204 No Content\r\nServer: [^\r]*\r\nDate: [^\r]*\r\n\r\n$/)
    assert.equal(recorder.inputs.length, 1)
    const input = recorder.inputs[0]!
    assert.equal(input.topic, 'fan')
    assert.equal(input.arrival, 1_700_000_000_000)
    assert.equal(Buffer.from(input.value as Uint8Array).toString(), body)
  })

  it('names the stream of a POST to the root after the device', async () => {
    await exchange(port, 'POST / HTTP/1.1\r\nHost: rig\r\nContent-Length: 2\r\n\r\n{}')
    assert.equal(recorder.inputs.at(-1)!.topic, '127.0.0.1')
  })

  it('says which port is taken and goes on when it is free', async () => {
    const other = new Recorder()
    const second = new HttpTransport({ host: '127.0.0.1', port }, other, () => 0)
    second.open()
    await other.until((r) => r.count('waiting') === 1)
    assert.match(other.states.at(-1)!.error!.message, new RegExp(`127.0.0.1:${port}.*EADDRINUSE`))
    await transport.close()
    await other.until((r) => r.count('connected') === 1)
    await second.close()
  })
})
