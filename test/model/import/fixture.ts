import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { InputError } from '../../../src/core/errors'
import expectations from '../../expectations/import.json'

/** What Python says of the small files; made by scripts/expectations/import.py. */
export const expected = expectations

const folder = path.resolve(__dirname, '../fixtures/import')
const shared = process.env['ANOMALY_SHARED'] ?? path.resolve(__dirname, '../../../../shared')
const reference = path.join(shared, 'reference')

/** The files of the existing systems are no part of the project; tests that need them skip where they are absent. */
export const hasReference = existsSync(reference)

export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(path.join(folder, name)))
}

export function referenceFile(name: string): Uint8Array {
  return new Uint8Array(readFileSync(path.join(reference, name)))
}

export function referenceJson<T>(name: string): T {
  return JSON.parse(readFileSync(path.join(reference, name), 'utf8')) as T
}

/** Asserts that the call is refused with this message, in words that name the file and leave no placeholder. */
export function refused(call: () => unknown, key: string, field: string): void {
  assert.throws(call, (error) => {
    assert.ok(error instanceof InputError, String(error))
    assert.equal(error.key, key, error.message)
    assert.ok(error.message.includes(field), error.message)
    assert.doesNotMatch(error.message, /__(field|got|max|what|expected|hint|name|place)__/)
    return true
  })
}

/** Largest difference, relative where numbers are larger than 1 and absolute below. */
export function worst(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  assert.equal(got.length, wanted.length)
  let most = 0
  for (let i = 0; i < got.length; i++) {
    const difference = Math.abs(got[i]! - wanted[i]!) / Math.max(Math.abs(wanted[i]!), 1)
    most = Math.max(most, Number.isNaN(difference) ? Infinity : difference)
  }
  return most
}

/** Bytes of a text of which each character is a byte. */
export function binary(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}
