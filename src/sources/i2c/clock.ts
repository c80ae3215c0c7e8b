/** Time, timers and chance, as a transport needs them; given from outside, so that a test can run them. */
export interface Clock {
  /** ms since the epoch; jumps when somebody sets the clock. */
  now(): number
  /** ms since an unknown start; never jumps. */
  uptime(): number
  /** Calls `action` once after `ms`. @returns what takes it back */
  after(ms: number, action: () => void): () => void
  /** 0 ≤ random < 1. */
  random(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  uptime: () => performance.now(),
  after(ms, action) {
    const timer = setTimeout(action, ms)
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
}
