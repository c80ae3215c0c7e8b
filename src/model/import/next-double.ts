/** The double next above a finite number: the smallest that is greater. */
export function nextAbove(value: number): number {
  return stepped(value, 1n)
}

/** The double next below a finite number. */
export function nextBelow(value: number): number {
  return -stepped(-value, 1n)
}

function stepped(value: number, step: bigint): number {
  if (value === 0) return Number.MIN_VALUE
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  view.setBigUint64(0, view.getBigUint64(0) + (value > 0 ? step : -step))
  return view.getFloat64(0)
}
