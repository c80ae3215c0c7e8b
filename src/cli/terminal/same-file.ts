import fs from 'node:fs'

/** True where both names lead to one regular file, whatever they are called: over links too. False where one is not there. */
export function isSameFile(a: string, b: string): boolean {
  const [one, other] = [a, b].map((name) =>
    name === '-' ? undefined : fs.statSync(name, { bigint: true, throwIfNoEntry: false }),
  )
  if (one?.isFile() !== true || other === undefined) return false
  return one.dev === other.dev && one.ino === other.ino
}
