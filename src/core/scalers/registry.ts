import { minmax } from './methods/minmax'
import { none } from './methods/none'
import { robust } from './methods/robust'
import { standard } from './methods/standard'

/** Every way of scaling. A new one is a file in `methods/` and its name here. */
export const SCALERS = [standard, minmax, robust, none] as const

export type ScalerName = (typeof SCALERS)[number]['name']
export const SCALER_METHODS: readonly ScalerName[] = SCALERS.map((method) => method.name)
