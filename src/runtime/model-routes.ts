import type { Request, RequestHandler } from 'express'
import type { NodeAPI } from 'node-red'
import { InputError } from '../core/errors'
import type { Bundle, Manifest } from '../model/bundle'
import { exportOnnx } from '../model/export/onnx'
import { exportSensad } from '../model/export/to-sensad'
import { answerJson } from './admin'
import { enginesOf } from './engines'
import { textOf } from './host'
import { importInto, nodeOf, readWishes } from './import-model'
import type { ModelNode } from './model-access'
import { modelStoreOf } from './model-store'
import { streamKey, type StreamKey } from './streams'

/** Largest bundle that is imported. */
const MAX_BUNDLE_BYTES = 128 * 1024 * 1024
/** Columns and streams that the dialog is told of. */
const MOST_SHOWN = 100
const PATH = '/edge-anomaly/models/:name'
/** `node:<id>` in place of a name is the model that this config node names, `${NAME}` resolved; no name may hold a colon. */
const BY_NODE = 'node:'

/** What the dialog of a model node asks for: what was learned, rollback, forget, export and import. */
export function registerModelRoutes(red: NodeAPI): void {
  const nameOf = (request: Request): string => {
    const name = nameIn(red, request)
    if (name === undefined) throw new InputError('settings.notDeployed', { field: 'id' })
    return name
  }
  const changed = (request: Request): void => modelStoreOf(red).changed(nameOf(request))
  const bundleOf = (request: Request): Bundle => modelStoreOf(red).bundle(nameOf(request))

  answerJson(red, 'get', PATH, 'read', (request) => {
    // A node that is not deployed yet is usual: its dialog says so.
    const name = nameIn(red, request)
    if (name === undefined) return {}
    const bundle = modelStoreOf(red).bundle(name)
    const streams = bundle.streams().map(({ versions, draft, current, ...stream }) => {
      const shown = ({ version, time, calibration, contract, reports }: Manifest): object => ({
        version,
        time,
        current: version === current,
        reports: contract.flatMap((line) => {
          const report = reports[line]
          if (report === undefined) return []
          const warnings = report.warnings.map(({ key, params }) => textOf(red, key, params))
          return { ...report, stage: line.replace(/#.*$/, ''), warnings }
        }),
        ...(calibration === undefined
          ? {}
          : { method: calibration.method, threshold: calibration.threshold, n: calibration.n }),
      })
      const has = (word: string): boolean =>
        bundle.current(stream)?.contract.some((line) => line.startsWith(`${word} `)) === true
      const [learned, imported] = [has('autoencoder'), has('onnx')]
      return {
        ...stream,
        versions: versions.map(shown).reverse(),
        ...(draft === undefined ? {} : { draft: shown(draft) }),
        ...{ onnx: learned || imported, int8: learned, sensad: has('robust-z') },
      }
    })
    const takers = modelStoreOf(red)
      .learners(name)
      .flatMap((learner) =>
        learner.arriving().map(({ stream, columns, rows }) => ({
          stage: nodeOf(learner.line),
          ...stream,
          columns: columns.slice(0, MOST_SHOWN),
          more: Math.max(0, columns.length - MOST_SHOWN),
          rows,
        })),
      )
    return { name, streams, takers: takers.slice(0, MOST_SHOWN) }
  })
  answerJson(red, 'post', `${PATH}/rollback`, 'write', async (request) => {
    const body = bodyOf(request)
    await bundleOf(request).rollback(streamOf(body), Number(body['version']))
    changed(request)
  })
  answerJson(red, 'post', `${PATH}/forget`, 'write', async (request) => {
    await bundleOf(request).forget(streamOf(bodyOf(request)))
    changed(request)
  })
  answerJson(red, 'get', `${PATH}/onnx`, 'read', (request) => {
    const { topic, context, int8 } = request.query
    return exportOnnx(bundleOf(request), streamOf({ topic, context }), { int8: int8 === 'true' })
  })
  answerJson(red, 'get', `${PATH}/sensad`, 'read', (request) =>
    exportSensad(bundleOf(request), streamOf(request.query)),
  )
  answerJson(red, 'get', `${PATH}/export`, 'read', (request) => bundleOf(request).exportBundle())
  answerJson(
    red,
    'post',
    `${PATH}/import`,
    'write',
    (request) => {
      const bytes: unknown = request.body
      if (!(bytes instanceof Uint8Array)) throw new InputError('model.noFile', { field: 'body' })
      const store = modelStoreOf(red)
      const wishes = readWishes(request.query)
      return importInto(store, nameOf(request), bytes, wishes, Date.now(), enginesOf(red))
    },
    readBytes,
  )
}

/** The name of the model that is asked for; undefined where the node that names it does not run. */
function nameIn(red: NodeAPI, request: Request): string | undefined {
  const given = String(request.params['name'])
  if (!given.startsWith(BY_NODE)) return given
  const id = given.slice(BY_NODE.length)
  const node = red.nodes.getNode(id) as Partial<ModelNode> | null
  return node?.bundleName ?? unusedName(red, id)
}

/** A model node that no other node uses is deployed, but does not run: what its setting says, unless only a running one can tell. */
function unusedName(red: NodeAPI, id: string): string | undefined {
  let name: unknown
  red.nodes.eachNode((config) => {
    if (config.id === id) name = (config as unknown as { bundle?: unknown }).bundle
  })
  return typeof name === 'string' && name !== '' && !name.includes('${') ? name : undefined
}

function bodyOf(request: Request): Readonly<Record<string, unknown>> {
  const body: unknown = request.body
  if (typeof body !== 'object' || body === null) throw new InputError('model.noFile', { field: 'body' })
  return body as Readonly<Record<string, unknown>>
}

function streamOf(body: Readonly<Record<string, unknown>>): StreamKey {
  const { topic, context } = body
  return streamKey(typeof topic === 'string' ? topic : '', typeof context === 'string' ? context : undefined)
}

/** Reads a binary body, bounded. */
const readBytes: RequestHandler = (request, response, next) => {
  const chunks: Buffer[] = []
  let size = 0
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > MAX_BUNDLE_BYTES) {
      response.status(413).json({ error: 'too large' })
      request.destroy()
    } else chunks.push(chunk)
  })
  request.on('end', () => {
    request.body = Buffer.concat(chunks)
    next()
  })
  request.on('error', next)
}
