/**
 * A contract: one canonical line per stage that shaped the columns, oldest first. A learnt part keeps the
 * lines it was fitted on; data with other lines is not scored. Only configured values enter, never measured ones.
 */
export type Contract = readonly string[]

/** The contract of data that came without one: its channels. */
export function channelsContract(channels: readonly string[]): Contract {
  return [`channels ${channels.join(',')}`]
}

/** The first line of a source: channels, their unit where all have the same, else each one's, and the nominal rate in Hz. */
export function sourceLine(channels: readonly string[], units?: readonly string[], rate?: number): string {
  const isOne = units !== undefined && units.every((unit) => unit === units[0])
  const unit = units === undefined ? '' : isOne ? units[0]! : units.map((text) => text || '-').join(',')
  return ['source', channels.join(','), unit, rate === undefined ? '' : `${rate} Hz`]
    .filter((word) => word !== '')
    .join(' ')
}

/** Line equality, in order. */
export function sameContract(a: Contract, b: Contract): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = a.length - 1; i >= 0; i--) if (a[i] !== b[i]) return false
  return true
}

/** True when `a` begins with all lines of `b`. */
export function startsWith(a: Contract, b: Contract): boolean {
  return a.length >= b.length && b.every((line, i) => a[i] === line)
}

/** The first line that differs, as the user is told it; undefined where the contracts are equal. */
export function firstDifference(
  learned: Contract,
  now: Contract,
): { expected: string; got: string } | undefined {
  for (let i = 0; i < Math.max(learned.length, now.length); i++) {
    if (learned[i] !== now[i]) return { expected: learned[i] ?? 'nothing', got: now[i] ?? 'nothing' }
  }
  return undefined
}

/** The contract line of a learnt part: what it is, and the hash of what it learned. */
export function partLine(kind: string, hash: string): string {
  return `${kind}#${hash}`
}

/** The hash of the part that a contract line names; undefined for a line of a stage that learns nothing. */
export function hashOf(line: string): string | undefined {
  return /#([0-9a-f]{16})$/.exec(line)?.[1]
}

/** How the columns came about, whatever was learned of them: the lines without the hashes of learnt parts. */
export function recipeOf(contract: Contract): Contract {
  return contract.map((line) => line.replace(/#[0-9a-f]{16}$/, ''))
}

/**
 * Gives back the very same extended array for the very same base array, so that streams of frames
 * share one contract object and comparing them is a comparison of references.
 */
export class ContractExtender {
  private base?: Contract
  private extended?: Contract

  constructor(private readonly line: string) {}

  extend(base: Contract): Contract {
    if (this.extended !== undefined && this.base !== undefined && sameContract(this.base, base))
      return this.extended
    this.base = base
    this.extended = [...base, this.line]
    return this.extended
  }
}
