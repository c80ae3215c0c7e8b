import type { Command } from '../terminal/command'
import { fit } from './fit'
import { score } from './score'

/** Every command of the terminal. A new one is a file here and its name below. */
export const COMMANDS: readonly Command[] = [fit, score]
