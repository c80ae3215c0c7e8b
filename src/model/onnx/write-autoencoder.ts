import type { AutoencoderModel } from '../../core/autoencoder/model'
import type { Contract } from '../../core/contract'
import type { ScalerBody } from '../../core/scalers/scaler-model'
import { OnnxGraph, type OnnxTensor } from './write'
import { writeNetwork } from './write-network'

/** What a scaler learned: (value - center) / scale + offset, then held within `clip`. */
export type ColumnScaling = Pick<ScalerBody, 'center' | 'scale' | 'offset' | 'clip'>

export interface OnnxExport {
  readonly channels: readonly string[]
  /** The scaler before the autoencoder, folded into the file, so that it takes what the scaler takes. */
  readonly scaling?: ColumnScaling
  readonly contract?: Contract
  /** The calibrated threshold of the score. */
  readonly threshold?: number
  /** Kernels in eight bits: a fourth of the size. */
  readonly int8?: boolean
  /**
   * For running at once instead of keeping: without the output `reconstruction`, which a runtime works out whoever asks for it,
   * and with constants as large as a window, since runtimes are slow at spreading a few values over many rows.
   */
  readonly scoresOnly?: boolean
  readonly version?: string
  /** Further texts to keep in the file. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** Numbers of ONNX's types. */
const FLOAT = 1
const DOUBLE = 11
/** As in the scorer: scaled values are held within ± this. */
const LIMIT = 1e9

/**
 * An ONNX file that does all that the chain does from the scaler on. Input `input` [batch, steps, columns], or
 * [batch, columns] for a dense network over single rows. Outputs: `reconstruction`, of the input's shape and units;
 * `channel_error` [batch, columns]; `score` [batch].
 */
export function writeAutoencoder(model: AutoencoderModel, options: OnnxExport): Uint8Array {
  const { spec } = model
  const { steps, columns } = spec
  const rows = spec.kind === 'dense' && steps === 1
  const graph = new OnnxGraph('autoencoder')
  const shape = rows ? ['batch', columns] : ['batch', steps, columns]
  const scaling = options.scaling === undefined ? undefined : new Scaling(graph, options.scaling)
  const outer = graph.input('input', shape)
  const inner = scaling === undefined ? outer : scaling.apply(outer)

  const spread = rows || options.scoresOnly !== true ? 1 : steps
  const offset = graph.constant('offset', perCell(model.offset, spread))
  const factor = graph.constant('factor', perCell(model.factor, spread))
  const limit = graph.constant('limit', { dims: [], values: Float32Array.of(LIMIT) })
  const least = graph.constant('least', { dims: [], values: Float32Array.of(-LIMIT) })
  const moved = graph.node('Mul', [graph.node('Sub', [inner, offset]), factor])
  const z = graph.node('Clip', [moved, least, limit])
  const y = writeNetwork(graph, spec, model.weights, z, options.int8 === true)

  const difference = graph.node('Sub', [y, z])
  const error =
    model.loss === 'mse' ? graph.node('Mul', [difference, difference]) : graph.node('Abs', [difference])
  const mean = rows ? error : graph.node('ReduceMean', [error], { axes: [1], keepdims: 0 })
  const weight = graph.constant('weight', { dims: [columns], values: model.weight })
  const channelError = graph.node('Mul', [mean, weight], {}, ['channel_error'])
  graph.node('ReduceMean', [channelError], { axes: [1], keepdims: 0 }, ['score'])
  if (options.scoresOnly !== true) {
    const divided = graph.node('Div', [y, factor])
    const last = scaling === undefined ? ['reconstruction'] : undefined
    const unscaled = graph.node('Add', [divided, offset], {}, last)
    scaling?.undo(unscaled, 'reconstruction')
    graph.output('reconstruction', shape)
  }
  graph.output('channel_error', ['batch', columns])
  graph.output('score', ['batch'])
  return graph.bytes({ name: 'edge-anomaly', version: options.version ?? '' }, metadataOf(model, options))
}

/** One value per column, the same for each of `steps`. */
function perCell(values: Float32Array, steps: number): OnnxTensor {
  const columns = values.length
  if (steps === 1) return { dims: [columns], values }
  const cells = Float32Array.from({ length: steps * columns }, (_, i) => values[i % columns]!)
  return { dims: [steps, columns], values: cells }
}

/** The scaler in double precision, as the scaler node computes: a large center costs no digits. */
class Scaling {
  private readonly center: string
  private readonly scale: string
  private readonly offset: string

  constructor(
    private readonly graph: OnnxGraph,
    private readonly scaling: ColumnScaling,
  ) {
    const columns = (name: string, values: readonly number[]): string =>
      graph.constant(name, { dims: [values.length], values: Float64Array.from(values) })
    this.center = columns('scaler_center', scaling.center)
    this.scale = columns('scaler_scale', scaling.scale)
    this.offset = this.single('scaler_offset', scaling.offset)
  }

  apply(input: string): string {
    const { graph } = this
    const double = graph.node('Cast', [input], { to: DOUBLE })
    const divided = graph.node('Div', [graph.node('Sub', [double, this.center]), this.scale])
    const scaled = graph.node('Add', [divided, this.offset])
    const { clip } = this.scaling
    const kept =
      clip === undefined
        ? scaled
        : graph.node('Clip', [
            scaled,
            this.single('scaler_low', clip[0]),
            this.single('scaler_high', clip[1]),
          ])
    return graph.node('Cast', [kept], { to: FLOAT })
  }

  undo(input: string, output: string): void {
    const { graph } = this
    const double = graph.node('Cast', [input], { to: DOUBLE })
    const multiplied = graph.node('Mul', [graph.node('Sub', [double, this.offset]), this.scale])
    graph.node('Cast', [graph.node('Add', [multiplied, this.center])], { to: FLOAT }, [output])
  }

  private single(name: string, value: number): string {
    return this.graph.constant(name, { dims: [], values: Float64Array.of(value) })
  }
}

/** The scaler's numbers alone; a body may hold more. */
function numbersOf({ center, scale, offset, clip }: ColumnScaling): ColumnScaling {
  return { center, scale, offset, ...(clip === undefined ? {} : { clip }) }
}

function metadataOf(model: AutoencoderModel, options: OnnxExport): Readonly<Record<string, string>> {
  const { spec, loss } = model
  const { scaling } = options
  return {
    kind: spec.kind,
    channels: JSON.stringify(options.channels),
    window: String(spec.steps),
    loss,
    ...(options.contract === undefined ? {} : { contract: JSON.stringify(options.contract) }),
    ...(options.threshold === undefined ? {} : { threshold: String(options.threshold) }),
    ...(scaling === undefined ? {} : { scaler: JSON.stringify(numbersOf(scaling)) }),
    ...options.metadata,
  }
}
