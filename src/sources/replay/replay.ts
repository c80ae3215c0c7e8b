import { createReadStream } from 'node:fs'
import path from 'node:path'
import { sourceLine } from '../../core/contract'
import { DeviceError, InputError } from '../../core/errors'
import { spanOf, type Frame } from '../../core/frame'
import { Refusals } from '../../core/refusals'
import type { Verdict } from '../../core/verdict'
import { ChannelMap } from '../channel-map'
import { LineFramer } from '../line-framer'
import { cutByTime, timed, type Piece } from '../pieces'
import type { Samples } from '../samples'
import { listRecordings, type RecordedFile } from './list-files'
import { RecordedLines, type RecordedMessage } from './recorded-lines'
import { ReplayClock } from './replay-clock'
import type { ReplaySettings } from './settings'
import { TableReader, type Run } from './table-reader'

/** What is replayed next. */
export interface ReplayItem extends RecordedMessage {
  /** Replayed time at which it is complete, ms; undefined for what has no time. */
  readonly due?: number
}

/** How far a replay is. */
export interface ReplayProgress {
  readonly files: number
  readonly rows: number
  /** Lines left out, and what was wrong with the first of them. */
  readonly bad: number
  readonly firstError?: InputError
  /** 0 … 1 of this round. */
  readonly done: number
  readonly rounds: number
}

const CHUNK = 64 * 1024
/** A recorded window of 4 million values is longer than a line of samples. */
const LONGEST_LINE = 64 * 1024 * 1024
const BATCH_SECONDS = 0.1
/** Messages of several streams are not recorded quite in the order of their windows. */
const LATE_MS = 10_000

/**
 * Reads recordings and gives back what a source would have sent, in constant memory: tables of samples become frames, recorded
 * messages what they were. Windows behind it never cross from one recording or group to the next, since time parts them.
 */
export class Replay {
  private rows = 0
  private files = 0
  private bytes = 0
  private total = 0
  private rounds = 0
  private readonly refusals = new Refusals()
  private readonly clock: ReplayClock
  private readonly map: ChannelMap
  private readonly contracts = new Map<string, readonly string[]>()
  private lastGroup?: string

  /**
   * @param target file or folder
   * @param now ms since the epoch
   */
  constructor(
    private readonly target: string,
    private readonly settings: ReplaySettings,
    private readonly now: number,
  ) {
    const { rate, times, channels } = settings
    this.clock = new ReplayClock(times === 'now' ? now : undefined, rate === undefined ? 0 : 1000 / rate)
    this.map = new ChannelMap(
      channels.map((channel) => ({ ...channel, from: channel.from ?? channel.name })),
      rate,
    )
  }

  get progress(): ReplayProgress {
    const { rows, files, rounds, refusals } = this
    return {
      rows,
      files,
      rounds,
      bad: refusals.count,
      ...(refusals.errors[0] === undefined ? {} : { firstError: refusals.errors[0] }),
      done: this.total === 0 ? 0 : Math.min(1, this.bytes / this.total),
    }
  }

  /** @throws DeviceError where a file cannot be read, InputError where it lacks a column */
  async *items(): AsyncGenerator<ReplayItem> {
    const files = await listRecordings(this.target)
    this.total = files.reduce((sum, { size }) => sum + size, 0)
    do {
      this.bytes = 0
      const before = this.rows
      for (const file of files) yield* this.file(file)
      this.rounds++
      // A loop over nothing would never end, nor let anything else happen.
      if (this.rows === before) throw new DeviceError('replay.nothing', { field: path.basename(this.target) })
    } while (this.settings.loop)
  }

  private async *file(file: RecordedFile): AsyncGenerator<ReplayItem> {
    const name = path.basename(file.file)
    this.files++
    const isLines = /\.(ndjson|jsonl)$/i.test(name)
    const lines = new RecordedLines(name)
    const table = new TableReader(this.settings.table, this.settings.timeUnit, name)
    const framer = new LineFramer({ maxLength: LONGEST_LINE })
    let isFirst = true
    const handle = (text: string): Iterable<ReplayItem> => {
      if (isLines) return this.messages(lines.push(text), file)
      const items = this.runs(table.push(text), file, isFirst)
      return items
    }
    try {
      for await (const chunk of createReadStream(file.file, { highWaterMark: CHUNK })) {
        this.bytes += (chunk as Buffer).length
        const text = framer.push(chunk as Buffer)
        if (text === '') continue
        for (const item of handle(text)) {
          isFirst = false
          yield item
        }
      }
      const rest = framer.flush()
      if (rest !== '') yield* handle(rest)
    } catch (error) {
      if (error instanceof InputError || error instanceof DeviceError) throw error
      const reason = error instanceof Error ? error.message : String(error)
      throw new DeviceError('files.notRead', { field: name, reason }, { cause: error })
    } finally {
      this.add(isLines ? lines.refusals : table.refusals)
    }
  }

  private *messages(messages: readonly RecordedMessage[], file: RecordedFile): Generator<ReplayItem> {
    for (const message of messages) {
      this.rows++
      const label = message.label ?? this.labelOf(file)
      yield this.place(label === undefined ? message : { ...message, label })
    }
  }

  private place(message: RecordedMessage): ReplayItem {
    const { time, frame, anomaly } = message
    if (time === undefined) return message
    const offset = this.clock.place(time, false, LATE_MS)
    this.clock.passed(time + offset)
    const moved = frame === undefined ? undefined : movedFrame(frame, offset)
    const judged = anomaly === undefined ? undefined : movedVerdict(anomaly, offset)
    const end = moved === undefined ? judged!.window.end : spanOf(moved).end
    return { ...message, frame: moved, anomaly: judged, due: end - this.clock.skipped }
  }

  private *runs(runs: readonly Run[], file: RecordedFile, isFirstOfFile: boolean): Generator<ReplayItem> {
    let isFirst = isFirstOfFile
    for (const run of runs) {
      const samples = this.map.map(run.batch, this.refusals)
      // Recordings without times say nothing of what lay between them.
      const isPart = run.group !== this.lastGroup || (isFirst && samples?.times === undefined)
      this.lastGroup = run.group
      isFirst = false
      if (samples === undefined) continue
      const label = run.label ?? this.labelOf(file)
      for (const frame of this.frames(samples, isPart)) {
        this.rows += frame.data.length / frame.channels.length
        yield {
          frame,
          due: spanOf(frame).end - this.clock.skipped,
          ...(label === undefined ? {} : { label }),
        }
      }
    }
  }

  /** Frames of at most so many rows as are asked for; samples that lie backwards in time begin anew. */
  private *frames(samples: Samples, isPart: boolean): Generator<Frame> {
    const { channels, units, rate, rows, times } = samples
    const most = this.settings.batch ?? Math.max(1, Math.ceil((rate ?? 1) * BATCH_SECONDS))
    const head = {
      channels,
      ...(units && { units }),
      ...(rate && { rate }),
      contract: this.contractOf(samples),
    }
    let starts = isPart
    for (let from = 0, to = 0; from < rows; from = to) {
      to = Math.min(rows, from + most)
      if (times !== undefined) for (let i = from + 1; i < to; i++) if (times[i]! < times[i - 1]!) to = i
      for (const piece of this.pieces(samples, from, to, starts)) {
        starts = false
        yield { ...head, ...piece }
      }
    }
  }

  private pieces(samples: Samples, from: number, to: number, isPart: boolean): readonly Piece[] {
    const { channels, rate, times, data } = samples
    const period = rate === undefined ? 0 : 1000 / rate
    const part: Samples = {
      ...samples,
      rows: to - from,
      data: data.slice(from * channels.length, to * channels.length),
    }
    if (times === undefined) {
      if (rate === undefined && this.settings.speed > 0) throw new InputError('replay.noTimes', { field: path.basename(this.target) }) // prettier-ignore
      const start = this.clock.next(isPart, this.now)
      this.clock.passed(start + (to - from) * period)
      return [{ start, data: Float32Array.from(part.data) }]
    }
    const offset = this.clock.place(times[from]!, isPart)
    const moved = times.slice(from, to).map((time) => time + offset)
    this.clock.passed(moved[moved.length - 1]!)
    return rate === undefined ? [timed(part, moved)] : cutByTime(part, moved, period)
  }

  private contractOf({ channels, units, rate }: Samples): readonly string[] {
    const line = sourceLine(channels, units, rate)
    let contract = this.contracts.get(line)
    if (contract === undefined) {
      contract = [line]
      this.contracts.set(line, contract)
    }
    return contract
  }

  private labelOf(file: RecordedFile): string | undefined {
    return this.settings.labelByFolder ? file.folder : undefined
  }

  private add({ count, errors }: Refusals): void {
    for (const error of errors) this.refusals.take(error)
    this.refusals.count += count - errors.length
  }
}

function movedFrame(frame: Frame, offset: number): Frame {
  if (offset === 0) return frame
  return {
    ...frame,
    start: frame.start + offset,
    ...(frame.end === undefined ? {} : { end: frame.end + offset }),
    ...(frame.times === undefined ? {} : { times: frame.times.map((time) => time + offset) }),
  }
}

function movedVerdict(verdict: Verdict, offset: number): Verdict {
  const { start, end } = verdict.window
  return { ...verdict, window: { start: start + offset, end: end + offset } }
}
