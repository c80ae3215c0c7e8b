import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'

/**
 * Claims a folder for this process until it ends. Gives undefined, or what the process that has it says of itself (`describe`).
 * The owner listens on a local socket that is named after the folder; a socket that nobody listens on is left over from a crash.
 */
export async function claim(folder, describe) {
  const name = `edge-anomaly-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`
  const place = process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : path.join(os.tmpdir(), `${name}.sock`)
  const server = createServer((socket) => socket.on('error', () => {}).end(describe()))
  server.unref()
  let error = await listening(server, place)
  if (error?.code === 'EADDRINUSE') {
    const owner = await ask(place)
    if (owner !== undefined) return owner
    await rm(place, { force: true })
    error = await listening(server, place)
  }
  if (error !== undefined) throw error
  return undefined
}

/** Undefined once the server listens, else why not. */
export function listening(server, ...where) {
  return new Promise((resolve) => {
    server.once('error', resolve)
    server.listen(...where, () => {
      server.off('error', resolve)
      resolve(undefined)
    })
  })
}

function ask(place) {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(place)
    socket.on('data', (chunk) => (text += chunk))
    socket.on('end', () => resolve(text))
    socket.on('error', () => resolve(undefined))
  })
}
