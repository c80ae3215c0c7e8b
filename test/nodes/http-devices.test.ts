import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../../src/core/random'
import type { Verdict } from '../../src/core/verdict'
import { freePort, startNodeRed } from '../node-red'
import { anomalyAt, example, nodeRedOfEachTest, press, verdictOf, withVerdicts } from './example'

/** Lines of raw counts as the device sends them: 171 readings, noise around a turn of 4 Hz. */
function gyroLines(random: Random, shake = 1): string {
  const line = (_: unknown, i: number): string =>
    [300, 200, 100]
      .map((size) => Math.round(size * Math.sin((2 * Math.PI * 4 * i) / 33) + 40 * shake * random.normal()))
      .join(',')
  return `${Array.from({ length: 171 }, line).join('\n')}\n`
}

/** What a small device sees: the raw answer of one request. */
function rawAnswer(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = net.connect(port, '127.0.0.1', () => socket.write(request))
    socket.on('data', (chunk) => (text += chunk.toString()))
    socket.on('end', () => resolve(text))
    socket.on('error', reject)
  })
}

describe('devices that post over HTTP', function () {
  this.timeout(60_000)
  const start = nodeRedOfEachTest()

  it('gyroscope: sessions, windows counted, ill-formed lines refused, an alarm once it shakes', async () => {
    const flows = example('HTTP/3 - Gyroscope sends data frames.json')
    const nodeRed = await start({ flows: withVerdicts(flows) })
    const ask = async (
      method: string,
      url: string,
      body?: string,
      type = 'application/x-www-form-urlencoded',
    ): Promise<[number, string]> => {
      const response = await fetch(nodeRed.base + url, { method, body, headers: body === undefined ? {} : { 'content-type': type } }) // prettier-ignore
      return [response.status, await response.text()]
    }
    const random = new Random(5)

    assert.deepEqual(await ask('POST', '/dataframe', '\n'), [200, '1'])
    assert.deepEqual(await ask('GET', '/dataframe'), [200, '2'])
    assert.deepEqual(await ask('GET', '/model/dataframe/9/encoder'), [404, 'Error: Session 9 not found'])
    assert.equal((await ask('GET', '/model/dataframe/1/encoder'))[0], 501)
    const refused = ['4,five,6', '1,,3', ',,', '', '1,2', '1,2,3,4', '0x10,1,2', '1e3,1,2', '1.5,1,2', '32768,1,2', '1,2,-32769'] // prettier-ignore
    for (const line of refused)
      assert.deepEqual(
        await ask('POST', '/dataframe/1', `1,2,3\n${line}\n3,2,1\n`.replace('\n\n', '\n,\n')),
        [400, 'Error: Invalid number format'],
        line,
      )
    for (const id of ['9', 'constructor'])
      assert.deepEqual(await ask('POST', `/dataframe/${id}`, '1,2,3\n'), [
        404,
        `Error: Session ${id} not found`,
      ])
    assert.deepEqual(await ask('POST', '/dataframe/2', ' -32768, +32767 ,0\r\n1,2,3\r\n'), [200, '0'])
    // A window of 40 readings each 20, so 7 in 171.
    const types = ['application/x-www-form-urlencoded', 'text/plain', 'application/octet-stream']
    for (let i = 1; i <= 14; i++)
      assert.deepEqual(await ask('POST', '/dataframe/1', gyroLines(random), types[i % 3]), [
        200,
        String(7 * i),
      ])
    // Each session begins with the order to forget.
    const calm = (await nodeRed.firstMessages('verdicts', 2 + 98)).slice(2)
    assert.ok(calm.slice(0, 30).every((message) => verdictOf(message).inSample))
    assert.ok(calm.slice(80).every((message) => verdictOf(message).threshold !== null))
    assert.equal(calm[0]!['topic'], 'gyroscope 1')
    assert.deepEqual(await ask('POST', '/dataframe/1', gyroLines(random, 6)), [200, '105'])
    assert.match(await anomalyAt(nodeRed), /^gyroscope 1: /)
    await nodeRed.next('alarm on or off', (message) => message['payload'] === true)

    assert.deepEqual(await ask('POST', '/dataframe/1', gyroLines(random)), [200, '112'])
    assert.deepEqual(await ask('POST', '/dataframe/1', gyroLines(random)), [200, '0'])
    assert.deepEqual(await ask('POST', '/clear_sessions'), [200, 'All sessions cleared'])
    assert.deepEqual(await ask('POST', '/dataframe'), [200, '1'])
    assert.deepEqual(await ask('POST', '/dataframe/1', gyroLines(random)), [200, '7'])
  })

  it('gyroscope: a session of a number that was there before a restart learns anew', async () => {
    const userDir = mkdtempSync(path.join(os.tmpdir(), 'anomaly-sessions-'))
    try {
      const flows = example('HTTP/3 - Gyroscope sends data frames.json')
      const probe = {
        id: 'probe',
        type: 'test-out',
        name: 'verdicts',
        z: flows[0]!.id,
        x: 9,
        y: 9,
        wires: [],
      }
      const wired = flows.map((node) =>
        node.type === 'anomaly-threshold-calibrate' ? { ...node, wires: [['probe'], []] } : node,
      )
      const random = new Random(5)
      const scoresOf = async (shake: number): Promise<readonly Verdict[]> => {
        const nodeRed = await startNodeRed({ flows: [...wired, probe], userDir })
        const ask = async (url: string, body: string): Promise<number> =>
          (await fetch(nodeRed.base + url, { method: 'POST', body })).status
        assert.equal(await ask('/dataframe/1', gyroLines(random)), 404)
        assert.equal(await ask('/dataframe', ''), 200)
        for (let i = 0; i < 6; i++) assert.equal(await ask('/dataframe/1', gyroLines(random, shake)), 200)
        // The first message is the order to forget.
        const messages = await nodeRed.firstMessages('verdicts', 43)
        await nodeRed.stop()
        return messages.slice(1).map(verdictOf)
      }
      for (const shake of [1, 6]) {
        const verdicts = await scoresOf(shake)
        assert.deepEqual(
          verdicts.map(({ inSample }) => inSample === true),
          verdicts.map((_, i) => i < 30),
          `the first 30 windows are learned from, shaking ${shake} times`,
        )
      }
    } finally {
      rmSync(userDir, { recursive: true, force: true })
    }
  })

  it('accelerometer: answers that a small device can read, an alarm after two seconds with a fault', async () => {
    const port = await freePort()
    const shipped = example('HTTP/4 - Accelerometer posts each second.json', {
      // A second of data in 10 ms: so the time comes with the data.
      'port 1337': {
        httpPort: String(port),
        httpHost: '127.0.0.1',
        clock: 'device',
        timeField: 't',
        timeUnit: 'ms',
      },
      'one a second': { rate: '100' },
      'POST to port 1337': { url: `http://127.0.0.1:${port}/fan` },
    })
    const flows = shipped.map((node) =>
      node['name'] === 'a device'
        ? {
            ...node,
            // The same noise each time: of so few windows each hundredth run would have a false alarm.
            func: `let seed = 1; const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;${String(
              node['func'],
            )
              .replaceAll('Math.random()', 'random()')
              .replace('payload: { ', 'payload: { t: 1000 * (shake ? 90 + i : i), ')}`,
          }
        : node,
    )
    const nodeRed = await start({ flows })
    await nodeRed.waitForLog(/connected/)
    const asked = await rawAnswer(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    assert.match(asked, /^HTTP\/1\.0 200 OK\r\n[^\r\n]+\r\n[^\r\n]+\r\n\r\n1$/)
    const posted = await rawAnswer(port, 'POST /fan HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n')
    assert.match(posted, /^HTTP\/1\.0 204 No Content\r\n[^\r\n]+\r\n[^\r\n]+\r\n\r\n$/)
    await press(nodeRed, flows, 'Post 90 seconds')
    await sleep(3000)
    assert.deepEqual(nodeRed.messages('what happened'), [])
    await press(nodeRed, flows, '3 with a fault')
    assert.match(await anomalyAt(nodeRed), /^fan: /)
    await nodeRed.next('alarm on or off', (message) => message['payload'] === true)
  })
})
