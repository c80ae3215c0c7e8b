/**
 * What a pickle is read into: plain, inert data. A call stays a note of what Python would have called with which arguments;
 * nothing here or anywhere else carries it out.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | PickleGlobal
  | PickleCall
  | PickleTuple
  | PickleList
  | PickleDict

/** A name that Python would have imported. */
export class PickleGlobal {
  constructor(
    /** Module and name with a point between. */
    readonly name: string,
  ) {}
}

/** An object that Python would have made by calling `callable`, and the state it would have been given. */
export class PickleCall {
  state: PickleValue = null
  /** Numbers (or, of an array of objects, the array) that joblib wrote into the file behind this object. */
  inline?: Uint8Array | PickleValue

  constructor(
    readonly callable: string,
    readonly args: readonly PickleValue[],
  ) {}
}

export class PickleTuple {
  constructor(readonly items: readonly PickleValue[]) {}
}

export class PickleList {
  readonly items: PickleValue[] = []
}

export class PickleDict {
  readonly entries = new Map<PickleValue, PickleValue>()
}

/** What a value is, for messages. */
export function pickleWord(value: PickleValue | undefined): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'None'
  if (value instanceof PickleGlobal) return value.name
  if (value instanceof PickleCall) return `a ${value.callable}`
  if (value instanceof PickleTuple) return `a tuple of ${value.items.length}`
  if (value instanceof PickleList) return `a list of ${value.items.length}`
  if (value instanceof PickleDict) return `a dict of ${value.entries.size}`
  if (value instanceof Uint8Array) return `${value.length} bytes`
  return typeof value === 'string' ? `'${value.slice(0, 40)}'` : String(value)
}
