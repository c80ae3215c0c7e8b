import path from 'node:path'
import { sourceLine } from '../../core/contract'
import { DeviceError, InputError } from '../../core/errors'
import { spanOf, type Frame } from '../../core/frame'
import { format } from '../../core/messages'
import { Refusals } from '../../core/refusals'
import { withoutScore } from '../../core/verdict'
import { ChannelMap } from '../channel-map'
import { LineFramer } from '../line-framer'
import { cutByTime, timed, type Piece } from '../pieces'
import type { Samples } from '../samples'
import { listRecordings, type RecordedFile } from './list-files'
import { movedFrame, movedVerdict } from './moved'
import { readChunks } from './read-chunks'
import { jsonLines } from './recorded-json'
import { RecordedLines, type RecordedMessage } from './recorded-lines'
import { isVerdictHeader, verdictLines } from './recorded-verdicts'
import { ReplayClock } from './replay-clock'
import type { ReplaySettings } from './settings'
import { TableReader, type Missing, type Run } from './table-reader'

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
  /** Folders and files that lie too deep, or are too many. */
  readonly leftOut: number
}

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
  private leftOut = 0
  private readonly refusals = new Refusals()
  /** Of the file at hand. */
  private refused?: Refusals
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
    const { rows, files, rounds, refusals, refused, leftOut } = this
    const firstError = refusals.errors[0] ?? refused?.errors[0]
    return {
      rows,
      files,
      rounds,
      leftOut,
      bad: refusals.count + (refused?.count ?? 0),
      ...(firstError === undefined ? {} : { firstError }),
      done: this.total === 0 ? 0 : Math.min(1, this.bytes / this.total),
    }
  }

  /** @throws DeviceError where a file cannot be read, InputError where it lacks a column */
  async *items(): AsyncGenerator<ReplayItem> {
    const { files, leftOut } = await listRecordings(this.target)
    this.leftOut = leftOut
    this.total = files.reduce((sum, { size }) => sum + size, 0)
    do {
      this.bytes = 0
      const before = this.rows
      for (const file of files) yield* this.file(file)
      this.rounds++
      // A loop over nothing would never end, nor let anything else happen.
      if (this.rows === before) throw this.nothing()
    } while (this.settings.loop)
  }

  private async *file(file: RecordedFile): AsyncGenerator<ReplayItem> {
    const name = path.basename(file.file)
    this.files++
    const table = new TableReader(this.settings.table, this.settings.timeUnit, name)
    const framer = new LineFramer({ maxLength: LONGEST_LINE })
    let lines: RecordedLines | undefined
    let isBegun = false
    let isFirst = true
    const handle = (text: string): Iterable<ReplayItem> => {
      if (!isBegun) {
        if (/\.(ndjson|jsonl)$/i.test(name)) lines = new RecordedLines(jsonLines(name))
        else if (isVerdictHeader(text.split('\n', 1)[0]!)) lines = new RecordedLines(verdictLines(name))
        this.refused = (lines ?? table).refusals
      }
      isBegun = true
      if (lines !== undefined) return this.messages(lines.push(text), file)
      return this.runs(table.push(text), file, isFirst)
    }
    try {
      for await (const { bytes, text: piece } of readChunks(file.file)) {
        this.bytes += bytes
        const text = framer.push(piece)
        if (text === '') continue
        for (const item of handle(text)) {
          isFirst = false
          yield item
        }
      }
      const rest = framer.flush()
      if (rest !== '') yield* handle(rest)
      yield* this.runs(table.flush(), file, isFirst)
    } catch (error) {
      if (error instanceof InputError || error instanceof DeviceError) throw error
      const reason = error instanceof Error ? error.message : String(error)
      throw new DeviceError('files.notRead', { field: name, reason }, { cause: error })
    } finally {
      this.refused = undefined
      this.add((lines ?? table).refusals)
    }
  }

  private nothing(): DeviceError {
    const field = path.basename(this.target)
    const [error] = this.refusals.errors
    return error === undefined
      ? new DeviceError('replay.nothing', { field })
      : new DeviceError('replay.nothingSince', { field, error: error.message }, { cause: error })
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

  private *runs(
    runs: readonly (Run | Missing)[],
    file: RecordedFile,
    isFirstOfFile: boolean,
  ): Generator<ReplayItem> {
    let isFirst = isFirstOfFile
    for (const run of runs) {
      const isGroup = run.group !== this.lastGroup
      this.lastGroup = run.group
      const label = run.label ?? this.labelOf(file)
      const marks = {
        ...(run.topic === undefined ? {} : { topic: run.topic }),
        ...(label === undefined ? {} : { label }),
      }
      if ('missing' in run) {
        yield { ...this.dropout(run, isGroup || (isFirst && run.time === undefined)), ...marks }
        isFirst = false
        continue
      }
      const samples = this.map.map(run.batch, this.refusals)
      // Recordings without times say nothing of what lay between them.
      const isPart = isGroup || run.isCut || (isFirst && samples?.times === undefined)
      isFirst = false
      if (samples === undefined) continue
      for (const frame of this.frames(samples, isPart)) {
        this.rows += frame.data.length / frame.channels.length
        yield { frame, due: spanOf(frame).end - this.clock.skipped, ...marks }
      }
    }
  }

  /** Lines without a value of a channel: a sensor that did not answer. */
  private dropout({ missing, channels, rows, time, lastTime }: Missing, isPart: boolean): ReplayItem {
    const { rate, channels: wanted } = this.settings
    const period = rate === undefined ? 0 : 1000 / rate
    const offset = time === undefined ? 0 : this.clock.place(time, isPart)
    const start = time === undefined ? this.clock.next(isPart, this.now) : time + offset
    const end = time === undefined ? start + rows * period : lastTime! + offset + period
    this.clock.passed(time === undefined ? end : lastTime! + offset)
    const units = wanted.map(({ unit }) => unit)
    const contract = this.contractOf({
      channels: wanted.length === 0 ? channels : wanted.map(({ name }) => name),
      units: units.every((unit) => unit === '') ? undefined : units,
      rate,
    })
    const detail = format('replay.dropout', { channel: missing, count: rows })
    const anomaly = withoutScore('DROPOUT', { start, end }, contract, detail)
    return { anomaly, due: end - this.clock.skipped }
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

  private contractOf({
    channels,
    units,
    rate,
  }: Pick<Samples, 'channels' | 'units' | 'rate'>): readonly string[] {
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
