import { InputError } from '../core/errors'
import { Evaluation, type EvaluationSettings } from '../core/evaluation/evaluation'
import type { Report } from '../core/evaluation/report'
import { spanOf } from '../core/frame'
import { readFrame } from '../core/read-frame'
import { readVerdict } from '../core/read-verdict'
import { shortNumber } from '../core/sparkline'
import type { Behaviour } from './define-node'
import type { Host } from './host'
import { isControl, isEndOfReplay, labelOf, streamOf, type Message, type Send } from './message'
import { sendToSecond } from './two-outputs'

export interface EvaluateOptions extends EvaluationSettings {
  /** Reports by itself so often while verdicts come, ms; 0: when asked. */
  readonly every: number
}

/** At the end of a replay its last messages are still on their way; the report waits until none has come for so long, ms … */
const QUIET = 500
/** … but no longer than this, where other streams never pause. */
const LONGEST_WAIT = 600_000

/**
 * Behaviour of the judge of detectors: takes verdicts and labelled samples; on request, at the end of a replay and from time to time it
 * sends a report for each detector to output 1, and curves for charts to output 2.
 */
export class EvaluateNode implements Behaviour {
  private readonly evaluation: Evaluation
  private isNew = false
  /** The end of a replay has come: a report follows. */
  private ending?: { readonly since: number; readonly message: Message; timer: NodeJS.Timeout }
  private readonly ownSend: Send = (message) => this.host.node.send(message as never)

  constructor(
    private readonly options: EvaluateOptions,
    private readonly host: Host,
  ) {
    this.evaluation = new Evaluation(options)
  }

  start(): void {
    this.host.status('grey', 'ring', this.host.text('status.waiting'))
    if (this.options.every > 0) {
      this.host.every(this.options.every, () => {
        if (this.isNew) this.tell(this.evaluation.reports(), this.ownSend)
      })
    }
  }

  input(message: Message, send: Send): void {
    if (isEndOfReplay(message) || (message['complete'] === true && message.anomaly === undefined)) {
      this.host.cancel(this.ending?.timer)
      this.ending = { since: this.host.now(), message, timer: this.reportWhenQuiet() }
    } else if (isControl(message)) {
      if (message['reset'] !== undefined || message['forget'] === true) this.reset()
    } else if (message.payload === 'report') this.report(send)
    else this.take(message)
  }

  /** The button: a report now. */
  press(): void {
    this.report(this.ownSend)
  }

  private reportWhenQuiet(): NodeJS.Timeout {
    return this.host.after(QUIET, () => {
      const message = this.ending?.message
      this.ending = undefined
      try {
        this.report(this.ownSend)
      } catch (error) {
        this.host.error(error, message)
      }
    })
  }

  private take(message: Message): void {
    const { ending } = this
    if (ending !== undefined && this.host.now() - ending.since < LONGEST_WAIT) {
      this.host.cancel(ending.timer)
      ending.timer = this.reportWhenQuiet()
    }
    const stream = streamOf(message)
    const label = message['label']
    const now = this.host.now()
    if (message.anomaly !== undefined || typeof message.payload === 'number') {
      const verdict = readVerdict(message.anomaly, message.payload, this.host)
      this.evaluation.addVerdict(stream, verdict, labelOf(label))
      this.isNew = true
      this.host.refresh(() => this.show())
      return
    }
    const frame = readFrame(message.payload, { now })
    const text = labelOf(label)
    if (text === undefined) {
      const expected = 'text that says what is true of these samples'
      throw new InputError('frame.badProperty', { field: 'msg.label', expected, got: typeof label })
    }
    const { start, end } = spanOf(frame)
    this.evaluation.addTruth(stream, start, end, text)
  }

  private report(send: Send): void {
    const reports = this.evaluation.reports()
    if (reports.length === 0) throw new InputError('evaluate.nothing', { field: 'msg.anomaly' })
    if (reports.every(({ normal, anomalous }) => normal + anomalous === 0))
      throw new InputError('evaluate.noLabels', { field: 'msg.label' })
    this.tell(reports, send)
  }

  private tell(reports: readonly Report[], send: Send): void {
    this.isNew = false
    for (const { curves, ...figures } of reports) {
      send({ topic: figures.detector, payload: figures })
      for (const [topic, payload] of Object.entries(curves))
        sendToSecond(send, { topic, detector: figures.detector, payload: [...payload] })
    }
    const { rocAuc, f1 } = reports.at(-1) ?? {}
    const shown = (value: number | null | undefined): string =>
      value === null || value === undefined ? '–' : shortNumber(value)
    this.host.status(
      'green',
      'dot',
      this.host.text('evaluate.statusAuc', { auc: shown(rocAuc), f1: shown(f1) }),
    )
  }

  private reset(): void {
    this.evaluation.reset()
    this.host.cancel(this.ending?.timer)
    this.ending = undefined
    this.isNew = false
    this.host.status('grey', 'ring', this.host.text('status.waiting'))
  }

  private show(): void {
    if (!this.isNew) return
    this.host.status('green', 'ring', this.host.text('evaluate.status', { count: this.evaluation.size }))
  }
}
