import type { Contract } from '../../core/contract'
import { writeModel } from '../../core/autoencoder/model'
import type { Loss } from '../../core/autoencoder/spec'
import type { DataWarning } from '../../core/stage'
import type { ImportedFile } from '../../model/import/import-file'
import { toAutoencoderModel } from '../../model/import/to-autoencoder'
import { toMahalanobisBody, toRobustZBody, toScalerBody } from '../../model/import/to-body'
import type { Layout } from '../../model/onnx/layout'
import { namePart, type NamedPart } from '../chain/chain'
import { ONNX_BLOB } from '../chain/load-part'
import { autoencoderLine, readAutoencoderSettings } from '../../train/learner-settings'

export interface ImportSettings {
  /** Name of the file, for messages. */
  readonly file: string
  /** Columns and rows of what the part is given. */
  readonly columns: readonly string[]
  readonly rows: number
  /** True where the columns were named by the user, or by a stage before. */
  readonly isNamed: boolean
  readonly input: Contract
  readonly loss: Loss
  readonly layout: Layout | 'auto'
  /** Rows that it was learned from, where that is known. */
  readonly learnedFrom?: number
}

type Content = Exclude<ImportedFile, { kind: 'bundle' }>

/** What a file of another program holds, as a part like those that are learned here. @throws InputError where it does not fit the columns */
export function partOf(content: Content, settings: ImportSettings): NamedPart {
  const { file, columns, rows, input } = settings
  const report = (warnings: readonly DataWarning[] = []): NamedPart['report'] => ({
    rows: settings.learnedFrom ?? 0,
    warnings,
    figures: {},
  })
  switch (content.kind) {
    case 'scaler': {
      const body = toScalerBody(content.scaler, settings.isNamed ? columns : undefined, file)
      return namePart({ kind: scalerLine(content.scaler), role: 'scaler', input, body, report: report() })
    }
    case 'mahalanobis': {
      const { body, floored } = toMahalanobisBody(content.model, columns, file)
      const warnings: DataWarning[] =
        floored === 0
          ? []
          : [{ key: 'detector.collinear', params: { count: floored, columns: columns.length } }]
      return namePart({ kind: 'mahalanobis given', role: 'detector', input, body, report: report(warnings) })
    }
    case 'robust-z': {
      const body = toRobustZBody(content.baseline)
      return namePart({ kind: `robust-z ${body.aggregate}`, role: 'detector', input, body, report: report() })
    }
    case 'dense-autoencoder': {
      const model = toAutoencoderModel(content.network, columns, settings.loss, file)
      const sizes = content.network.layers.map(({ units }) => units)
      const line = autoencoderLine({
        ...readAutoencoderSettings({ kind: 'dense', loss: settings.loss, errorScale: 'plain' }),
        layers: sizes.slice(0, Math.max(1, Math.floor(sizes.length / 2))),
      })
      return namePart({ kind: line, role: 'detector', input, ...writeModel(model), report: report() })
    }
    case 'onnx': {
      const body = { version: 1, error: settings.loss, layout: settings.layout, rows, channels: [...columns] }
      const blobs = { [ONNX_BLOB]: content.bytes }
      return namePart({
        kind: `onnx ${settings.loss}`,
        role: 'detector',
        input,
        body,
        blobs,
        report: report(),
      })
    }
  }
}

/** As a scaler node of these settings names itself. */
function scalerLine({ method, range, clip }: Extract<Content, { kind: 'scaler' }>['scaler']): string {
  return [
    'scaler',
    method,
    ...(range === undefined ? [] : [range.join('..')]),
    ...(clip ? ['clip'] : []),
  ].join(' ')
}
