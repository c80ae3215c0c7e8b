import type { Command } from '../terminal/command'
import { evaluation } from './eval'
import { exporting } from './export'
import { features } from './features'
import { fit } from './fit'
import { importing } from './import'
import { replay } from './replay'
import { score } from './score'
import { simulate } from './simulate'

/** Every command of the terminal. A new one is a file here and its name below. */
export const COMMANDS: readonly Command[] = [
  fit,
  score,
  evaluation,
  features,
  simulate,
  replay,
  importing,
  exporting,
]
