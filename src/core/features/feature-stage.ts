import { ContractExtender } from '../contract'
import { InputError } from '../errors'
import { contractOf, rowCount, spanOf, type Frame } from '../frame'
import { format } from '../messages'
import type { Stage } from '../stage'
import { withoutScore, type Verdict } from '../verdict'
import { doubles } from './doubles'
import { FeaturePlan, type WindowFault } from './feature-plan'
import type { FeatureSettings } from './settings'

/** Kinds of windows that one stage keeps a plan for. */
const MAX_PLANS = 16
const NONE: readonly (Frame | Verdict)[] = Object.freeze([])

interface Prepared {
  readonly plan: FeaturePlan
  readonly extender: ContractExtender
  /** Columns of the window at hand, in double precision. */
  readonly values: number[]
}

/**
 * Turns each window into a frame of one row whose columns are features, such as `ax.log_rms`, `az.band3`, `corr.ax.ay`.
 * A window that is constant or saturated in a channel becomes a STUCK or SATURATED verdict instead. Keeps nothing from window
 * to window, so one stage may serve many streams.
 */
export class FeatureStage implements Stage<Frame, Frame | Verdict> {
  private readonly plans = new Map<string, Prepared>()
  private current?: Prepared

  /** @param onIrregular told the features that need regular sampling, for each window whose samples do not come at its rate */
  constructor(
    private readonly settings: FeatureSettings,
    private readonly onIrregular?: (features: readonly string[], rate: number) => void,
  ) {}

  /** @throws InputError where a window is too short, lacks the rate or a channel that a feature needs, or is not finite */
  push(frame: Frame): readonly (Frame | Verdict)[] {
    const rows = rowCount(frame)
    if (rows === 0) return NONE
    const prepared = this.prepare(frame, rows)
    const { plan, values, extender } = prepared
    const { times, rate } = frame
    if (times !== undefined && rate !== undefined && plan.spectral.length > 0 && isIrregular(times, rate))
      this.onIrregular?.(plan.spectral, rate)
    const fault = plan.run(frame.data, values)
    const contract = extender.extend(contractOf(frame))
    const { start, end } = spanOf(frame)
    if (fault !== undefined) return [verdictOf(fault, { start, end }, contract)]
    const data = new Float32Array(values.length)
    for (let i = 0; i < values.length; i++) {
      const value = Math.fround(values[i]!)
      if (!Number.isFinite(value)) throw overflow(plan.columns[i]!, frame.channels)
      data[i] = value
    }
    return [{ channels: plan.columns, start, end, data, contract }]
  }

  /** The same numbers in double precision, as they are before they are stored; undefined where the window is stuck or saturated. */
  compute(frame: Frame): { readonly columns: readonly string[]; readonly values: Float64Array } | undefined {
    const { plan, values } = this.prepare(frame, rowCount(frame))
    return plan.run(frame.data, values) === undefined
      ? { columns: plan.columns, values: Float64Array.from(values) }
      : undefined
  }

  private prepare({ channels, rate }: Frame, rows: number): Prepared {
    const { current } = this
    if (
      current !== undefined &&
      current.plan.channels === channels &&
      current.plan.shape.rows === rows &&
      current.plan.shape.rate === rate
    ) {
      return current
    }
    const key = JSON.stringify([rows, rate, channels])
    let prepared = this.plans.get(key)
    if (prepared === undefined) {
      const plan = new FeaturePlan(this.settings, channels, { rows, rate })
      prepared = { plan, extender: new ContractExtender(plan.line), values: doubles(plan.columns.length) }
      if (this.plans.size >= MAX_PLANS) this.plans.delete(this.plans.keys().next().value ?? key)
      this.plans.set(key, prepared)
    }
    this.current = prepared
    return prepared
  }
}

/** True where more than a fifth of the steps are off by more than half a period: beyond what jitter does. */
function isIrregular(times: Float64Array, rate: number): boolean {
  let irregular = 0
  for (let i = 1; i < times.length; i++)
    if (Math.abs(((times[i]! - times[i - 1]!) * rate) / 1000 - 1) > 0.5) irregular++
  return irregular > 0.2 * (times.length - 1)
}

function verdictOf(fault: WindowFault, window: Verdict['window'], contract: Verdict['contract']): Verdict {
  const { channel } = fault
  if (fault.kind === 'stuck') {
    return withoutScore('STUCK', window, contract, format('frame.stuck', { channel, value: fault.value }))
  }
  const share = `${Math.round(fault.share * 1000) / 10} %`
  return withoutScore(
    'SATURATED',
    window,
    contract,
    format('frame.saturated', { channel, limit: fault.limit, share }),
  )
}

function overflow(column: string, channels: readonly string[]): InputError {
  const channel = channels.find((name) => column.startsWith(`${name}.`)) ?? column
  return new InputError('frame.featureOverflow', { field: 'msg.payload', channel, feature: column })
}
