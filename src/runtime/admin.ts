import type { Request, RequestHandler, Response } from 'express'
import type { NodeAPI } from 'node-red'
import { UserError } from '../core/errors'
import { Host } from './host'

const PERMISSION = 'edge-anomaly'

/** Registers an admin route that needs the permission `edge-anomaly.read` or `.write` and answers in JSON, errors too. */
export function answerJson(
  red: NodeAPI,
  method: 'get' | 'post',
  path: string,
  right: 'read' | 'write',
  handle: (request: Request) => unknown,
  ...before: RequestHandler[]
): void {
  const answer = (request: Request, response: Response): void => {
    Promise.resolve()
      .then(() => handle(request))
      .then(
        (result) => {
          if (result instanceof Uint8Array)
            response.type('application/octet-stream').send(Buffer.from(result))
          else response.json(result ?? {})
        },
        (error: unknown) => {
          const status = error instanceof UserError ? 400 : 500
          response.status(status).json({ error: Host.translate(red, error).message })
        },
      )
  }
  red.httpAdmin[method](path, red.auth.needsPermission(`${PERMISSION}.${right}`), ...before, answer)
}
