import alert from './en-US/alert.json'
import cli from './en-US/cli.json'
import detector from './en-US/detector.json'
import evaluate from './en-US/evaluate.json'
import fields from './en-US/fields.json'
import files from './en-US/files.json'
import frame from './en-US/frame.json'
import learning from './en-US/learning.json'
import limits from './en-US/limits.json'
import metrics from './en-US/metrics.json'
import model from './en-US/model.json'
import record from './en-US/record.json'
import replay from './en-US/replay.json'
import settings from './en-US/settings.json'
import simulate from './en-US/simulate.json'
import sources from './en-US/sources.json'
import status from './en-US/status.json'
import threshold from './en-US/threshold.json'
import train from './en-US/train.json'

/** The English catalogue of every text that the runtime or the terminal shows; one file per area. */
export const messages = {
  alert,
  cli,
  detector,
  evaluate,
  fields,
  files,
  frame,
  learning,
  limits,
  metrics,
  model,
  record,
  replay,
  settings,
  simulate,
  sources,
  status,
  threshold,
  train,
} as const

type Catalogue = typeof messages
/** `area.name` of a text in the catalogue. */
export type MessageKey = { [A in keyof Catalogue]: `${A}.${keyof Catalogue[A] & string}` }[keyof Catalogue]
export type MessageParams = Readonly<Record<string, string | number>>

/** The English text of `key` with each `__name__` replaced by `params.name` (the placeholder form of Node-RED's own catalogues). */
export function format(key: MessageKey, params: MessageParams = {}): string {
  const [area, name] = key.split('.') as [keyof Catalogue, string]
  const text = (messages[area] as Readonly<Record<string, string>>)[name] ?? key
  return fill(text, params)
}

/** Fills the `__name__` placeholders of a text. */
export function fill(text: string, params: MessageParams): string {
  return text.replace(/__(\w+?)__/g, (whole, name: string) =>
    Object.hasOwn(params, name) ? String(params[name]) : whole,
  )
}
