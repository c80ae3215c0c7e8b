import { InputError } from '../core/errors'
import { encode, type Encoded } from '../core/record/encode'
import { Recorder, type RecorderSettings } from '../model/recording/recorder'
import type { Behaviour } from './define-node'
import type { Host } from './host'
import { isControl, labelOf, streamOf, type Message, type Send } from './message'
import { sendToSecond } from './two-outputs'

export interface RecordOptions extends RecorderSettings {
  /** Of what is recorded, where messages bring none. */
  readonly label: string
  /** Records from the start. */
  readonly recording: boolean
}

/** How often files are looked at for their age, ms at most. */
const AGE_MS = 5000

/**
 * Behaviour of the recorder: messages pass to output 1 whether it records or not; output 2 tells of each file that is complete. A message
 * is done when its lines are written. After a failure of the disk it is stopped, and says so.
 */
export class RecordNode implements Behaviour {
  private recorder?: Recorder
  private stopping: Promise<void> = Promise.resolve()
  private label: string
  private wanted: boolean
  private count = 0

  constructor(
    private readonly options: RecordOptions,
    private readonly host: Host,
  ) {
    this.label = options.label
    this.wanted = options.recording
  }

  start(): void {
    this.host.guarded(async () => {
      const since = this.host.now() - 1000 * process.uptime()
      await this.makeRecorder().recover(since)
    })
    if (this.wanted) this.begin()
    else this.show()
    const { maxAge } = this.options
    if (maxAge > 0)
      this.host.every(Math.min(maxAge, AGE_MS), () =>
        this.host.guarded(() => this.watched(this.recorder?.finishOld(this.host.now()))),
      )
  }

  input(message: Message, send: Send): void | Promise<void> {
    const { payload } = message
    if (payload === 'start' || payload === 'stop') {
      const { label } = message
      const text = labelOf(label)
      if (label !== undefined && text === undefined)
        throw new InputError('frame.badProperty', { field: 'msg.label', expected: 'text', got: typeof label })
      return this.press(payload, text)
    }
    const { recorder } = this
    // Files of windows have no place for verdicts.
    const isOther = this.options.format === 'folder' && message.anomaly !== undefined
    if (recorder === undefined || isControl(message) || isOther) {
      send(message)
      return undefined
    }
    let encoded: Encoded
    const now = this.host.now()
    const label = labelOf(message['label']) ?? this.label
    let topic = ''
    try {
      topic = streamOf(message)
      // Before it goes on: whoever gets it may change it.
      encoded = encode({ topic, label, payload, anomaly: message.anomaly, now }, this.options.format)
    } finally {
      // What cannot be recorded goes on all the same.
      send(message)
    }
    return this.watched(
      recorder.write(encoded, topic, label, now).then(() => {
        this.count++
        this.host.refresh(() => this.show())
      }),
    )
  }

  /** Where the disk fails, recording ends. */
  private async watched(work: Promise<void> | undefined): Promise<void> {
    const { recorder } = this
    try {
      await work
    } catch (error) {
      if (this.recorder === recorder) this.failed()
      throw error
    }
  }

  /** `start`, `stop`, or `toggle` for the button. @param label of what is recorded from now on */
  press(order: string, label?: string): void | Promise<void> {
    const starts = order === 'start' || (order === 'toggle' && this.recorder === undefined)
    this.wanted = starts
    if (starts) {
      this.label = label ?? (this.recorder === undefined ? this.options.label : this.label)
      if (this.recorder === undefined) this.begin()
      this.show()
      return undefined
    }
    return this.end()
  }

  snapshot(): unknown {
    return { recording: this.wanted, label: this.label }
  }

  restore(state: unknown): void {
    const { recording, label } = (state ?? {}) as { recording?: unknown; label?: unknown }
    if (typeof recording === 'boolean') this.wanted = recording
    if (typeof label === 'string') this.label = label
  }

  async close(): Promise<void> {
    await this.end()
  }

  private begin(): void {
    this.recorder = this.makeRecorder()
    this.count = 0
    this.show()
  }

  private makeRecorder(): Recorder {
    return new Recorder(this.options, (file) => this.completed(file))
  }

  private async end(): Promise<void> {
    const { recorder } = this
    this.recorder = undefined
    if (recorder !== undefined)
      this.stopping = this.stopping.catch(() => undefined).then(() => recorder.stop())
    this.show()
    await this.stopping
  }

  private completed(file: string): void {
    if (this.host.isClosed) return
    sendToSecond((message) => this.host.node.send(message as never), {
      payload: file,
      filename: file,
      ...(this.label === '' ? {} : { label: this.label }),
    })
  }

  private failed(): void {
    this.recorder = undefined
    this.wanted = false
    this.host.status('red', 'ring', this.host.text('record.failed'))
  }

  private show(): void {
    const { host, recorder, label, count } = this
    if (recorder === undefined) host.status('grey', 'ring', host.text('record.stopped'))
    else host.status('red', 'dot', host.text('record.recording', { label: label || '●', count }).trim())
  }
}
