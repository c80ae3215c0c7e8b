import { FrameReader } from '../core/read-frame'
import type { Frame } from '../core/frame'
import type { Stage } from '../core/stage'
import type { Verdict } from '../core/verdict'
import type { Behaviour } from './define-node'
import type { Host } from './host'
import { isControl, readControl, streamOf, type Message, type Send } from './message'
import { contextOf, StreamMap, streamKey } from './streams'

export interface StageNodeOptions {
  /** Makes the stage of one stream. */
  make(): Stage<Frame, Frame | Verdict>
  readonly maxStreams: number
  /** Message property whose value keeps one stage per operating state. */
  readonly contextProperty?: string
  /** Called with the number of results so far and the newest, whenever there are new ones: for the status. */
  ready?(count: number, newest: Frame | Verdict): void
}

/**
 * Behaviour of a node that maps frames to frames (or to verdicts, where a frame cannot be used) and learns nothing:
 * one stage per stream; verdicts and control messages pass.
 */
export class StageNode implements Behaviour {
  private count = 0
  private readonly reader = new FrameReader()
  private readonly stages: StreamMap<Stage<Frame, Frame | Verdict>>

  constructor(
    private readonly options: StageNodeOptions,
    private readonly host: Host,
  ) {
    this.stages = new StreamMap(options.maxStreams, () => options.make())
  }

  input(message: Message, send: Send): void {
    if (isControl(message)) {
      this.control(message)
      send(message)
      return
    }
    if (message.anomaly !== undefined) {
      send(message)
      return
    }
    const key = streamKey(streamOf(message), contextOf(message, this.options.contextProperty))
    const frame = this.reader.read(message.payload, this.host.now())
    const stage = this.stages.get(key)
    const results = stage.push(frame)
    if (results.length === 0) return
    this.count += results.length
    const newest = results[results.length - 1]!
    this.host.refresh(() => this.options.ready?.(this.count, newest))
    for (let i = 0; i < results.length; i++) {
      // The first wire gets the very object that is sent, so all but the last need one of their own.
      const carrier = i === results.length - 1 ? message : { ...message }
      send(carry(carrier, results[i]!))
    }
  }

  snapshot(): unknown {
    return this.stages.snapshot()
  }

  restore(state: unknown): void {
    this.stages.restore(state)
  }

  private control(message: Message): void {
    const control = readControl(message)
    if (control.reset === true || control.forget === true) {
      for (const stage of this.stages.ofStream(streamOf(message))) stage.reset?.()
    }
  }
}

/** Puts a stage's result into a message: a frame as payload, a verdict as `anomaly` with its score as payload. */
export function carry(message: Message, result: Frame | Verdict): Message {
  if ('reason' in result) {
    message.payload = result.score
    message.anomaly = result
  } else {
    message.payload = result
  }
  return message
}
