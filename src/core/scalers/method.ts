import type { MessageKey } from '../messages'

/** How one column is mapped: (x − center) / scale + offset. */
export interface ColumnScale {
  readonly center: number
  readonly scale: number
}

/** A way of scaling columns. */
export interface ScalerMethod {
  readonly name: string
  readonly labelKey: MessageKey
  /** Range that settings may choose, and clip to; undefined where the method has none. */
  readonly defaultRange?: readonly [number, number]
  /**
   * Learns one column of at least one value; `scale` 0 stands for a column without spread.
   * @param values may be reordered
   */
  fit(values: Float64Array): ColumnScale
}

/** Mean and standard deviation, divided by n (as numpy.mean, numpy.std). */
export function meanAndDeviation(values: Float64Array): ColumnScale {
  const n = values.length
  let sum = 0
  for (let i = 0; i < n; i++) sum += values[i]!
  const center = sum / n
  let rest = 0
  let square = 0
  for (let i = 0; i < n; i++) {
    const d = values[i]! - center
    rest += d
    square += d * d
  }
  return { center, scale: Math.sqrt(Math.max(0, square - (rest * rest) / n) / n) }
}
