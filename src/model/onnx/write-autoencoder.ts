import type { AutoencoderModel } from '../../core/autoencoder/model'
import type { Contract } from '../../core/contract'
import { OnnxGraph } from './write'
import { writeNetwork } from './write-network'

/** A scaler as numbers per column: scaled = (value - offset) · factor, then held within `clip`. In double precision. */
export interface ColumnScaling {
  readonly offset: ArrayLike<number>
  readonly factor: ArrayLike<number>
  readonly clip?: readonly [number, number]
}

export interface OnnxExport {
  readonly channels: readonly string[]
  /** The scaler before the autoencoder, folded into the file, so that it takes what the scaler takes. */
  readonly scaling?: ColumnScaling
  readonly contract?: Contract
  /** The calibrated threshold of the score. */
  readonly threshold?: number
  /** Kernels in eight bits: a fourth of the size. */
  readonly int8?: boolean
  readonly version?: string
  /** Further texts to keep in the file. */
  readonly metadata?: Readonly<Record<string, string>>
}

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
  const inner = scaling === undefined ? outer : scaling.scale(outer)

  const offset = graph.constant('offset', { dims: [columns], values: model.offset })
  const factor = graph.constant('factor', { dims: [columns], values: model.factor })
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
  const divided = graph.node('Div', [y, factor])
  const last = scaling === undefined ? ['reconstruction'] : undefined
  const unscaled = graph.node('Add', [divided, offset], {}, last)
  scaling?.unscale(unscaled, 'reconstruction')

  graph.output('reconstruction', shape)
  graph.output('channel_error', ['batch', columns])
  graph.output('score', ['batch'])
  return graph.bytes({ name: 'edge-anomaly', version: options.version ?? '' }, metadataOf(model, options))
}

/** The scaler in double precision, as the scaler node computes: a large offset costs no digits. */
class Scaling {
  private readonly offset: string
  private readonly factor: string

  constructor(
    private readonly graph: OnnxGraph,
    private readonly scaling: ColumnScaling,
  ) {
    const constant = (name: string, values: ArrayLike<number>): string =>
      graph.constant(name, { dims: [values.length], values: Float64Array.from(values) })
    this.offset = constant('scaler_offset', scaling.offset)
    this.factor = constant('scaler_factor', scaling.factor)
  }

  scale(input: string): string {
    const { graph } = this
    const double = graph.node('Cast', [input], { to: 11 })
    const scaled = graph.node('Mul', [graph.node('Sub', [double, this.offset]), this.factor])
    const clip = this.scaling.clip
    if (clip === undefined) return graph.node('Cast', [scaled], { to: 1 })
    const [low, high] = clip.map((value, i) =>
      graph.constant(`scaler_clip_${i}`, { dims: [], values: Float64Array.of(value) }),
    ) as [string, string]
    return graph.node('Cast', [graph.node('Clip', [scaled, low, high])], { to: 1 })
  }

  unscale(input: string, output: string): void {
    const { graph } = this
    const double = graph.node('Cast', [input], { to: 11 })
    const value = graph.node('Add', [graph.node('Div', [double, this.factor]), this.offset])
    graph.node('Cast', [value], { to: 1 }, [output])
  }
}

function metadataOf(model: AutoencoderModel, options: OnnxExport): Readonly<Record<string, string>> {
  const { spec, loss } = model
  return {
    kind: spec.kind,
    channels: JSON.stringify(options.channels),
    window: String(spec.steps),
    loss,
    ...(options.contract === undefined ? {} : { contract: JSON.stringify(options.contract) }),
    ...(options.threshold === undefined ? {} : { threshold: String(options.threshold) }),
    ...(options.scaling === undefined
      ? {}
      : {
          scaler: JSON.stringify({
            offset: Array.from(options.scaling.offset),
            factor: Array.from(options.scaling.factor),
            ...(options.scaling.clip === undefined ? {} : { clip: options.scaling.clip }),
          }),
        }),
    ...options.metadata,
  }
}
