/** Tells the time, ms since the epoch: asked where a message does not tell. */
export interface Clock {
  now(): number
}

/** A clock that stands still. */
export function clockAt(time: number): Clock {
  return { now: () => time }
}
