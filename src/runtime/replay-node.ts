import { describeValue } from '../core/describe-value'
import { InputError } from '../core/errors'
import { Replay, type ReplayItem } from '../sources/replay/replay'
import type { ReplaySettings } from '../sources/replay/settings'
import type { Behaviour } from './define-node'
import type { Host } from './host'
import { isControl, type Message, type Send } from './message'
import { carry } from './stage-node'
import { resolveUserPath } from './user-path'

export interface ReplayOptions {
  /** File or folder; '' where messages name it. */
  readonly path: string
  /** '': the topics of recorded messages. */
  readonly topic: string
  readonly autostart: boolean
  readonly settings: ReplaySettings
}

/** A machine that slept, or a flow that hung, is not made up for beyond this, ms. */
const LATEST = 2000

/**
 * Behaviour of the source of recordings: messages at the pace of their times to output 1, one at the end to output 2. As fast as the
 * flow takes it, each message waits for a turn of the event loop, so that those before are on their way.
 */
export class ReplayNode implements Behaviour {
  /** Which replay is the present one; those of before end by themselves. */
  private turn = 0
  private isPaused = false
  private goOn?: () => void
  private playing = false
  private file: string
  private pace = { wall: 0, due: NaN }
  /** The first bad line has been told. */
  private isTold = false

  constructor(
    private readonly options: ReplayOptions,
    private readonly host: Host,
  ) {
    this.file = options.path
  }

  start(): void {
    this.show('grey', 'ring', this.host.text('replay.ready'))
    if (this.options.autostart) this.host.guarded(() => this.begin())
  }

  input(message: Message, send: Send): void | Promise<void> {
    if (isControl(message)) {
      send(message)
      return undefined
    }
    const { filename, payload } = message as { filename?: unknown; payload?: unknown }
    if (typeof filename === 'string' && filename !== '') {
      this.file = filename
      return this.begin()
    }
    if (payload !== 'start' && payload !== 'stop' && payload !== 'restart') {
      const expected = '"start", "stop" or "restart"'
      throw new InputError('frame.badProperty', {
        field: 'msg.payload',
        expected,
        got: describeValue(payload),
      })
    }
    return this.press(payload)
  }

  /** `start` goes on or begins, `stop` pauses, `restart` begins anew; `toggle` is the button. */
  press(order: string): void | Promise<void> {
    if (order === 'stop' || (order === 'toggle' && this.playing && !this.isPaused)) {
      this.isPaused = true
      this.show('grey', 'ring', this.host.text('replay.stopped'))
      return undefined
    }
    if (order === 'restart' || !this.playing) return this.begin()
    this.isPaused = false
    this.pace = { wall: 0, due: NaN }
    this.goOn?.()
    return undefined
  }

  close(): void {
    this.turn++
    this.goOn?.()
  }

  /** Resolves when the first message is there, so that a missing file is an error of the message that asked for it. */
  private begin(): Promise<void> {
    const { host, options } = this
    if (this.file === '') throw new InputError('settings.missing', { field: host.text('replay.fieldPath') })
    const turn = ++this.turn
    this.goOn?.()
    this.isPaused = false
    this.playing = true
    this.isTold = false
    this.pace = { wall: 0, due: NaN }
    const replay = new Replay(resolveUserPath(host.red, this.file), options.settings, host.now())
    const items = replay.items()
    return items.next().then(
      (first) => {
        host.guarded(() => this.play(replay, items, first, turn))
      },
      (error: unknown) => {
        this.failed(turn)
        throw error
      },
    )
  }

  private async play(
    replay: Replay,
    items: AsyncGenerator<ReplayItem>,
    first: IteratorResult<ReplayItem>,
    turn: number,
  ): Promise<void> {
    try {
      for (let next = first; next.done !== true; next = await items.next()) {
        await this.wait(next.value.due, turn)
        if (turn !== this.turn) return
        this.send(next.value)
        this.tellFirst(replay)
        this.host.refresh(() => this.showProgress(replay, turn))
      }
      if (turn === this.turn) this.end(replay)
    } catch (error) {
      this.failed(turn)
      throw error
    } finally {
      // Closes the file where the replay was given up in the middle.
      await items.return(undefined)
    }
  }

  private send(item: ReplayItem): void {
    const { frame, anomaly, label } = item
    const topic = this.options.topic === '' ? (item.topic ?? '') : this.options.topic
    const message: Message = { topic, ...(label === undefined ? {} : { label }) }
    this.host.node.send(carry(message, anomaly ?? frame!) as never)
  }

  /** Nobody should wait for the end of a long file to learn that its lines are not read. */
  private tellFirst(replay: Replay): void {
    if (this.isTold) return
    const { firstError } = replay.progress
    if (firstError === undefined) return
    this.isTold = true
    this.host.warn('replay.firstBad', { error: this.host.translated(firstError).message })
  }

  private end(replay: Replay): void {
    const { host, options } = this
    const { rows, files, bad, firstError, leftOut } = replay.progress
    this.playing = false
    if (leftOut > 0) host.warn('replay.tooDeep', { field: this.file, count: leftOut })
    if (firstError !== undefined) {
      const error = host.translated(firstError).message
      host.warn('replay.badLines', { field: this.file, count: bad, error })
    }
    this.show('grey', 'dot', host.text('replay.ended', { rows }))
    const message = {
      topic: options.topic,
      payload: { rows, files, bad },
      filename: this.file,
      complete: true,
    }
    host.node.send([null, message] as never)
  }

  /** Until it is time for the next message, and nobody has paused. */
  private async wait(due: number | undefined, turn: number): Promise<void> {
    const { speed } = this.options.settings
    const { host } = this
    while (this.isPaused && turn === this.turn) await new Promise<void>((resolve) => (this.goOn = resolve))
    if (speed === 0 || due === undefined) {
      await new Promise(setImmediate)
      return
    }
    const now = host.now()
    const target = this.pace.wall + (due - this.pace.due) / speed
    if (!(Math.abs(target - now) < Infinity) || target < now - LATEST) {
      this.pace = { wall: now, due }
      return
    }
    if (target <= now) {
      await new Promise(setImmediate)
      return
    }
    await new Promise<void>((resolve) => {
      const timer = host.after(target - now, resolve)
      this.goOn = () => {
        host.cancel(timer)
        resolve()
      }
    })
    // Paused or begun anew meanwhile: the time of the next message is worked out then.
    if (this.isPaused && turn === this.turn) return this.wait(due, turn)
  }

  private failed(turn: number): void {
    if (turn !== this.turn) return
    this.playing = false
    this.show('red', 'ring', this.host.text('status.failed'))
  }

  private showProgress(replay: Replay, turn: number): void {
    if (turn !== this.turn || this.isPaused || !this.playing) return
    const { done, rows } = replay.progress
    this.show('green', 'dot', this.host.text('replay.progress', { percent: Math.round(100 * done), rows }))
  }

  private show(fill: 'red' | 'green' | 'grey', shape: 'ring' | 'dot', text: string): void {
    this.host.status(fill, shape, text)
  }
}
