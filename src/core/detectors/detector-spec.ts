import type { MessageKey } from '../messages'
import type { Detector } from '../stage'

/** A detector as the editor, the terminal and the contract suite find it. */
export interface DetectorSpec {
  /** Name in settings and in `msg.anomaly.detector`. */
  readonly name: string
  readonly labelKey: MessageKey
  /** Settings of an untouched node. */
  readonly defaults: Readonly<Record<string, string | number | boolean>>
  /** Makes it by its settings. @throws ConfigError that names the field */
  make(settings: Readonly<Record<string, unknown>>): Detector
}
