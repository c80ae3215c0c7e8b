import type { ScalerMethod } from '../method'

/** Leaves every column as it is. */
export const none = {
  name: 'none',
  labelKey: 'detector.scalerNone',
  fit: () => ({ center: 0, scale: 1 }),
} as const satisfies ScalerMethod
