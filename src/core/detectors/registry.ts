import type { DetectorSpec } from './detector-spec'
import { mahalanobis } from './mahalanobis'
import { robustZ } from './robust-z'

/** Every detector that learns in plain JavaScript. A new one is a file here and a line below (and a node of its own). */
export const DETECTORS: readonly DetectorSpec[] = [mahalanobis, robustZ]
