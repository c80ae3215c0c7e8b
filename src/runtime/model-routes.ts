import type { Request, RequestHandler } from 'express'
import type { NodeAPI } from 'node-red'
import { InputError } from '../core/errors'
import type { Bundle } from '../model/bundle'
import { exportOnnx } from '../model/export/onnx'
import { exportSensad } from '../model/export/to-sensad'
import { answerJson } from './admin'
import { importInto, nodeOf, readWishes } from './import-model'
import { modelStoreOf } from './model-store'
import { streamKey, type StreamKey } from './streams'

/** Largest bundle that is imported. */
const MAX_BUNDLE_BYTES = 128 * 1024 * 1024
/** Columns and streams that the dialog is told of. */
const MOST_SHOWN = 100
const PATH = '/edge-anomaly/models/:name'

/** What the dialog of a model node asks for: what was learned, rollback, forget, export and import. */
export function registerModelRoutes(red: NodeAPI): void {
  const changed = (request: Request): void => modelStoreOf(red).changed(nameOf(request))
  const bundleOf = (request: Request): Bundle => modelStoreOf(red).bundle(nameOf(request))

  answerJson(red, 'get', PATH, 'read', (request) => {
    const bundle = bundleOf(request)
    const streams = bundle.streams().map((stream) => {
      const current = bundle.current(stream)?.version
      const versions = bundle.versions(stream).map(({ version, time, calibration, contract, reports }) => ({
        version,
        time,
        current: version === current,
        reports: contract.flatMap((line) => {
          const { rows, figures } = reports[line] ?? {}
          return rows === undefined ? [] : { stage: line.replace(/#.*$/, ''), rows, figures }
        }),
        ...(calibration === undefined
          ? {}
          : { method: calibration.method, threshold: calibration.threshold, n: calibration.n }),
      }))
      const has = (detector: string): boolean =>
        bundle.current(stream)?.contract.some((line) => line.startsWith(`${detector} `)) === true
      return { ...stream, versions: versions.reverse(), onnx: has('autoencoder'), sensad: has('robust-z') }
    })
    const takers = modelStoreOf(red)
      .learners(nameOf(request))
      .flatMap((learner) =>
        learner.arriving().map(({ stream, columns, rows }) => ({
          stage: nodeOf(learner.line),
          ...stream,
          columns: columns.slice(0, MOST_SHOWN),
          more: Math.max(0, columns.length - MOST_SHOWN),
          rows,
        })),
      )
    return { streams, takers: takers.slice(0, MOST_SHOWN) }
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
      return importInto(store, nameOf(request), bytes, readWishes(request.query), Date.now())
    },
    readBytes,
  )
}

function nameOf(request: Request): string {
  return String(request.params['name'])
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
