import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { packageRoot, startNodeRed, type NodeRedProcess } from '../node-red'

/** Every admin route that the sources register, with a value for each of its parameters. */
function routes(): { method: string; url: string }[] {
  const folders = ['src/runtime', 'nodes']
  const files = folders.flatMap((folder) =>
    readdirSync(path.join(packageRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(path.join(packageRoot, folder, file), 'utf8')),
  )
  return files.flatMap((text) => {
    const base = /const PATH = '([^']+)'/.exec(text)?.[1] ?? ''
    return [...text.matchAll(/answerJson\(\s*red,\s*'(get|post)',\s*(?:'([^']+)'|`([^`]+)`|PATH)/g)].map(
      ([, method, plain, template]) => ({
        method: String(method).toUpperCase(),
        url: (plain ?? template?.replace('${PATH}', base) ?? base)
          .replace('${type}', 'anomaly-replay')
          .replace(/:\w+/g, 'x'),
      }),
    )
  })
}

/** What a model that has learned nothing, or a node that is not there, is answered with. */
const NOTHING = /^\{("name":"[^"]*","streams":\[\],"takers":\[\])?\}$/

describe('admin routes', function () {
  this.timeout(60_000)
  let nodeRed: NodeRedProcess
  before(async () => {
    // The password's hash is that of Node-RED's own documentation.
    const user = {
      username: 'admin',
      password: '$2a$08$zZWtXTja0fB1pzD4sHCMyOCMYz2Z6dNbM6tl8sJogENOMcxWV9DN.',
      permissions: '*',
    }
    nodeRed = await startNodeRed({
      flows: [],
      settings: { adminAuth: { type: 'credentials', users: [user] } },
    })
  })
  after(() => nodeRed.stop())

  it('are all found', () => {
    const urls = routes().map((route) => `${route.method} ${route.url}`)
    for (const known of [
      'GET /edge-anomaly/models/x',
      'POST /edge-anomaly/models/x/import',
      'GET /edge-anomaly/serial-ports',
      'POST /edge-anomaly/alerts/x/test',
    ]) {
      assert.ok(urls.includes(known), `${known} is among ${urls.join(', ')}`)
    }
  })

  it('answer 401 to everybody without a token', async () => {
    for (const { method, url } of routes()) {
      const answer = await fetch(nodeRed.base + url, { method })
      assert.equal(answer.status, 401, `${method} ${url}`)
    }
  })

  it('open no file by the name that a request gives', async () => {
    const reply = await fetch(`${nodeRed.base}/auth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'client_id=node-red-admin&grant_type=password&scope=*&username=admin&password=password',
    })
    const { access_token: token } = (await reply.json()) as { access_token: string }
    for (const name of [
      '..',
      '%2e%2e',
      '..%2f..%2fetc',
      '..%5c..',
      '%2fetc%2fpasswd',
      'a%00b',
      'x'.repeat(4000),
      '.',
      '%20',
      'node:x',
      'node%3A..%2f..',
    ]) {
      for (const path of ['', '/export', '/onnx?topic=..%2f..%2fx']) {
        const answer = await fetch(`${nodeRed.base}/edge-anomaly/models/${name}${path}`, {
          headers: { authorization: `Bearer ${token}` },
        })
        const text = await answer.text()
        assert.ok(
          answer.status >= 400 || NOTHING.test(text),
          `${name}${path}: ${answer.status} ${text.slice(0, 100)}`,
        )
        assert.doesNotMatch(text, /root:/)
      }
    }
  })
})
