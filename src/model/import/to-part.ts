import { writeModel } from '../../core/autoencoder/model'
import type { Loss } from '../../core/autoencoder/spec'
import type { Contract } from '../../core/contract'
import { InputError } from '../../core/errors'
import type { DataWarning } from '../../core/stage'
import { namePart, type NamedPart } from '../named-part'
import { inputLayout, type Layout } from '../onnx/layout'
import { ONNX_BLOB, type OnnxBody } from '../onnx/onnx-part'
import { givenLine } from './given-line'
import type { ImportedFile } from './import-file'
import { toAutoencoderModel } from './to-autoencoder'
import { checkSameColumns, toMahalanobisBody, toRobustZBody, toScalerBody } from './to-body'

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

/** What a file of another program holds; a model exported here is none. */
export type ForeignFile = Exclude<ImportedFile, { kind: 'bundle' }>

/** What a file of another program holds, as a part like those that are learned here. @throws InputError where it does not fit the columns or rows */
export function toPart(content: ForeignFile, settings: ImportSettings): NamedPart {
  const { file, columns, rows, input, loss, layout } = settings
  const report = (warnings: readonly DataWarning[] = []): NamedPart['report'] => ({
    rows: settings.learnedFrom ?? 0,
    warnings,
    figures: {},
  })
  switch (content.kind) {
    case 'scaler': {
      const { method, range, clip } = content.scaler
      const words = [method, ...(range === undefined ? [] : [range.join('..')]), ...(clip ? ['clip'] : [])]
      const body = toScalerBody(content.scaler, settings.isNamed ? columns : undefined, file)
      const kind = givenLine('scaler', ...words)
      return namePart({ kind, role: 'scaler', input, body, report: report() })
    }
    case 'mahalanobis': {
      checkRows(1, settings)
      const { body, floored } = toMahalanobisBody(content.model, columns, file)
      const warnings: DataWarning[] =
        floored === 0
          ? []
          : [{ key: 'detector.collinear', params: { count: floored, columns: columns.length } }]
      const kind = givenLine('mahalanobis')
      return namePart({ kind, role: 'detector', input, body, report: report(warnings) })
    }
    case 'robust-z': {
      checkSameColumns(content.baseline.columns, columns, file)
      const body = toRobustZBody(content.baseline)
      const kind = givenLine('robust-z', body.aggregate)
      return namePart({ kind, role: 'detector', input, body, report: report() })
    }
    case 'dense-autoencoder': {
      const model = toAutoencoderModel(content.network, columns, loss, file)
      checkRows(model.spec.steps, settings)
      const sizes = content.network.layers.map(({ units }) => units).join('-')
      const kind = givenLine('autoencoder', 'dense', sizes, loss)
      return namePart({ kind, role: 'detector', input, ...writeModel(model), report: report() })
    }
    case 'onnx': {
      const [first] = content.model.inputs
      if (first !== undefined) inputLayout(first, { rows, channels: columns.length }, layout, file)
      const body: OnnxBody = { version: 1, error: loss, layout, rows, channels: [...columns] }
      const blobs = { [ONNX_BLOB]: content.bytes }
      return namePart({
        kind: givenLine('onnx', loss),
        role: 'detector',
        input,
        body,
        blobs,
        report: report(),
      })
    }
  }
}

/** @throws InputError where frames have another number of rows than the model takes */
function checkRows(need: number, { file, rows, columns }: ImportSettings): void {
  if (rows !== need)
    throw new InputError('files.wrongRows', { field: file, need, got: rows, columns: columns.join(', ') })
}
