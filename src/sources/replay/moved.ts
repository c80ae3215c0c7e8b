import type { Frame } from '../../core/frame'
import type { Verdict } from '../../core/verdict'

/** A frame so many ms later. */
export function movedFrame(frame: Frame, offset: number): Frame {
  if (offset === 0) return frame
  return {
    ...frame,
    start: frame.start + offset,
    ...(frame.end === undefined ? {} : { end: frame.end + offset }),
    ...(frame.times === undefined ? {} : { times: frame.times.map((time) => time + offset) }),
  }
}

/** A verdict so many ms later. */
export function movedVerdict(verdict: Verdict, offset: number): Verdict {
  const { start, end } = verdict.window
  return { ...verdict, window: { start: start + offset, end: end + offset } }
}
