import { checkShape } from '../block'
import { InputError } from '../errors'
import type { Frame } from '../frame'
import { BodyReader } from '../read-body'
import type { Model } from '../stage'

/** What a scaler learned; plain JSON. A value x of column c becomes (x − center[c]) / scale[c] + offset. */
export interface ScalerBody {
  readonly version: 1
  readonly method: string
  readonly channels: readonly string[]
  readonly center: readonly number[]
  readonly scale: readonly number[]
  readonly offset: number
  /** Lower and upper end that values are kept within. */
  readonly clip?: readonly [number, number]
}

/** Reads a scaler's body. @throws InputError where it is something else */
export function readScaler(value: unknown): ScalerBody {
  const body = new BodyReader('scaler', value)
  body.version(1)
  const channels = body.texts('channels')
  const clip = body.has('clip') ? body.numbers('clip', 2) : undefined
  return {
    version: 1,
    method: body.text('method'),
    channels,
    center: Array.from(body.numbers('center', channels.length)),
    scale: Array.from(body.positives('scale', channels.length)),
    offset: body.number('offset'),
    ...(clip === undefined ? {} : { clip: [clip[0]!, clip[1]!] as const }),
  }
}

/** A scaler at work. */
export class ScalerModel implements Model<Frame> {
  private readonly center: readonly number[]
  private readonly scale: readonly number[]

  constructor(readonly body: ScalerBody) {
    // Copies, so that the arrays hold nothing but doubles.
    this.center = body.center.map(Number)
    this.scale = body.scale.map(Number)
  }

  /** @throws InputError where a frame has other channels, or a value does not stay finite */
  apply(frames: readonly Frame[]): readonly Frame[] {
    return frames.map((frame) => this.scaleFrame(frame))
  }

  /** Scales row-major values, in double precision, into `out`. */
  scaleInto(values: ArrayLike<number>, out: { [index: number]: number }): void {
    const { center, scale } = this
    const { offset, clip } = this.body
    const columns = center.length
    for (let i = 0, c = 0; i < values.length; i++) {
      let value = (values[i]! - center[c]!) / scale[c]! + offset
      if (clip !== undefined) value = Math.min(clip[1], Math.max(clip[0], value))
      out[i] = value
      if (++c === columns) c = 0
    }
  }

  private scaleFrame(frame: Frame): Frame {
    const { channels, data } = frame
    const columns = this.center.length
    checkShape(frame, this.body.channels, data.length / columns)
    const out = new Float32Array(data.length)
    this.scaleInto(data, out)
    for (let i = 0; i < out.length; i++) {
      if (Number.isFinite(out[i]!)) continue
      const channel = channels[i % columns]!
      const got = String(data[i])
      if (Number.isFinite(data[i]!))
        throw new InputError('detector.overflow', { field: 'msg.payload', channel, got })
      throw new InputError('frame.notFinite', {
        field: 'msg.payload',
        channel,
        row: Math.floor(i / columns),
        got,
      })
    }
    return { ...frame, data: out }
  }
}
