import { FrameReader } from '../core/read-frame'
import { ContextRuns, type ContextOptions } from '../core/context-runs'
import { InputError } from '../core/errors'
import { contractOf, rowCount, spanOf, type Frame } from '../core/frame'
import type { Stage } from '../core/stage'
import { withoutScore, type Verdict } from '../core/verdict'
import type { Behaviour } from './define-node'
import type { Host } from './host'
import { carriesVerdict, copyOf, isControl, readControl, streamOf, type Message, type Send } from './message'
import { contextOf, StreamMap, streamKey, type StreamKey } from './streams'

/** Where the operating state of a frame is read from. */
export interface StageContexts extends ContextOptions {
  /** Message property; '' is `msg.context` where it is there. */
  readonly property: string
}

/** What a node keeps of one stream. */
type FrameStage = Stage<Frame, Frame | Verdict>

export interface StageNodeOptions<S extends FrameStage> {
  /** Makes the stage of one stream. */
  make(): S
  readonly maxStreams: number
  /** What keeps one stage per operating state; without it `msg.context`, where it is there. */
  readonly contexts?: StageContexts
  /** Called with the number of results so far and the newest, whenever there are new ones: for the status. */
  ready?(count: number, newest: Frame | Verdict): void
  /** Called with the stage that took the newest frame, until there is a first result: for the status. */
  collecting?(stage: S): void
}

/**
 * Behaviour of a node that maps frames to frames (or to verdicts, where a frame cannot be used) and learns nothing:
 * one stage per stream; verdicts and control messages pass.
 */
export class StageNode<S extends FrameStage> implements Behaviour {
  private count = 0
  private readonly reader: FrameReader
  private readonly stages: StreamMap<S>
  private readonly contexts: StageContexts
  /** Of each stream that has operating states. */
  private readonly runs: StreamMap<ContextRuns>

  constructor(
    private readonly options: StageNodeOptions<S>,
    private readonly host: Host,
  ) {
    this.reader = new FrameReader(host)
    this.stages = new StreamMap(options.maxStreams, () => options.make())
    this.contexts = options.contexts ?? { property: '', settleMs: 0 }
    this.runs = new StreamMap(options.maxStreams, () => new ContextRuns(this.contexts))
  }

  input(message: Message, send: Send): void {
    if (isControl(message)) {
      this.control(message)
      send(message)
      return
    }
    if (carriesVerdict(message)) {
      send(message)
      return
    }
    const topic = streamOf(message)
    const { channel, property } = this.contexts
    const frame = this.reader.read(message.payload)
    const nameless = channel === undefined ? withoutContext(message, property, frame, this.host) : undefined
    if (nameless !== undefined) {
      send(nameless)
      return
    }
    const context = channel === undefined ? contextOf(message, property) : undefined
    if (channel === undefined && context === undefined) {
      this.push(streamKey(topic), frame, message, send)
      return
    }
    for (const run of this.runs.get(streamKey(topic)).push(frame, context)) {
      if (run.left !== undefined) this.stages.get(streamKey(topic, run.left)).reset?.()
      if (rowCount(run.frame) === 0) continue
      // Stages to come find the state here, wherever it was read from.
      this.push(
        streamKey(topic, run.context),
        run.frame,
        Object.assign(copyOf(message), { context: run.context }),
        send,
      )
    }
  }

  private push(key: StreamKey, frame: Frame, message: Message, send: Send): void {
    const stage = this.stages.get(key)
    const results = stage.push(frame)
    const { collecting } = this.options
    if (results.length === 0) {
      if (collecting !== undefined && this.count === 0) this.host.refresh(() => collecting(stage))
      return
    }
    this.count += results.length
    const newest = results[results.length - 1]!
    this.host.refresh(() => this.options.ready?.(this.count, newest))
    for (let i = 0; i < results.length; i++) {
      // The first wire gets the very object that is sent, so all but the last need one of their own.
      const carrier = i === results.length - 1 ? message : copyOf(message)
      send(carry(carrier, results[i]!))
    }
  }

  snapshot(): unknown {
    const runs = this.runs.snapshot()
    const stages = this.stages.snapshot()
    return runs === undefined ? stages : { stages, runs }
  }

  restore(state: unknown): void {
    const { stages = state, runs } = state as { stages?: unknown; runs?: unknown }
    this.stages.restore(stages)
    this.runs.restore(runs)
  }

  private control(message: Message): void {
    const control = readControl(message)
    if (control.reset !== true && control.forget !== true) return
    const topic = streamOf(message)
    this.stages.drop(topic)
    for (const run of this.runs.ofStream(topic)) run.reset()
    // A machine that is not yet in its new state goes on settling.
    this.runs.drop(topic, (run) => !run.isSettling)
  }
}

/**
 * A frame whose message does not tell the operating state gets a verdict that says so; undefined where it tells.
 * @throws InputError where what it tells is no name
 */
export function withoutContext(
  message: Message,
  property: string,
  frame: Frame,
  host: Host,
): Message | undefined {
  // Where no property is set, a message need not tell.
  if (property === '') return undefined
  try {
    contextOf(message, property)
    return undefined
  } catch (error) {
    if (!(error instanceof InputError) || error.key !== 'frame.noContext') throw error
    const detail = host.translated(error).message
    return carry(message, withoutScore('UNKNOWN_CONTEXT', spanOf(frame), contractOf(frame), detail))
  }
}

/** Puts a stage's result into a message: a frame as payload, a verdict as `anomaly` with its score as payload. */
export function carry(message: Message, result: Frame | Verdict): Message {
  // Not `in`: with results of as many shapes as there are stages that is a search each time.
  const { reason } = result as Partial<Verdict>
  if (reason !== undefined) {
    message.payload = (result as Verdict).score
    message.anomaly = result as Verdict
  } else {
    message.payload = result
  }
  return message
}
