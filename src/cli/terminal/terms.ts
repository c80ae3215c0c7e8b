import { ConfigError, type UserError } from '../../core/errors'
import { format, type MessageKey, type MessageParams } from '../../core/messages'
import type { Command } from './command'

/** Settings of a node's dialog as the options are called. */
const OPTION_OF: Readonly<Record<string, string>> = {
  aggregate: 'agg',
  fullScale: 'full-scale',
  removeMean: 'keep-mean',
  faultsPerHour: 'faults',
}

/** Texts that speak of a flow, as the terminal says them. */
const KEY_OF: Readonly<Partial<Record<MessageKey, MessageKey>>> = {
  'files.notRead': 'cli.notRead',
  'files.notWritten': 'cli.notWritten',
  'files.noFolder': 'cli.notWritten',
  'files.diskFull': 'cli.diskFull',
  'threshold.extrapolated': 'cli.extrapolated',
}

/** What a node calls the frames that it is sent. */
const MESSAGE = 'msg.payload'

/** A text of the catalogue in terms of the terminal. */
export function inTerms(key: MessageKey, params: MessageParams): string {
  return format(KEY_OF[key] ?? key, params)
}

/** What the core says of settings and messages, said of options and of the input. */
export function told(error: UserError, command?: Command): { message: string; params: MessageParams } {
  const { key, params } = error
  const field = String(params.field)
  const name = OPTION_OF[field] ?? field
  const isOption = error instanceof ConfigError && command?.options.some((option) => option.name === name)
  const term = isOption === true ? `--${name}` : field === MESSAGE ? '--input' : undefined
  const said = term === undefined ? params : { ...params, field: term }
  return { message: inTerms(key, said), params: said }
}
