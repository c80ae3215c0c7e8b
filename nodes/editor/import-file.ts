import type { EditorRED } from 'node-red'

declare const RED: EditorRED

/** What reaches a learning node of the model, for one stream. */
export interface Taker {
  readonly stage: string
  readonly topic: string
  readonly context?: string
  readonly columns: readonly string[]
  /** Columns beyond those that are named. */
  readonly more: number
  readonly rows: number
}

interface Imported {
  readonly kind?: string
  readonly columns?: readonly string[]
  readonly rows?: number
  readonly threshold?: number
}

type Translate = (key: string, params?: Record<string, string | number>) => string

const SCALER_FILE = /\.(pkl|pickle|joblib)$/i
const META_FILE = /^meta\.json$/i
const JSON_FILE = /\.json$/i

/** A notification is HTML; names of files and columns are anybody's. */
export function escaped(text: string): string {
  return $('<div>').text(text).html()
}

/** The part of the model dialog that takes files in: models exported here, and those of other programs with what they need to be told. */
export class ImportPanel {
  private readonly stream = $('#anomaly-import-stream')

  /** @param done after a file was taken in @param failed with the answer to one that was not */
  constructor(
    private readonly base: string,
    private readonly translate: Translate,
    private readonly done: () => void,
    private readonly failed: (reply: JQuery.jqXHR) => void,
  ) {
    const file = $('#anomaly-model-file')
    $('#anomaly-model-import').on('click', () => file.trigger('click'))
    file.on('change', () => {
      const chosen = [...((file.get(0) as HTMLInputElement | undefined)?.files ?? [])]
      file.val('')
      void this.take(chosen)
    })
    this.takeDropped($('#anomaly-model-drop'))
  }

  private takeDropped(zone: JQuery): void {
    const mark = (isOver: boolean): void => void zone.css('border-style', isOver ? 'solid' : 'dashed')
    zone.on('dragover', (event) => {
      event.preventDefault()
      mark(true)
    })
    zone.on('dragleave', () => mark(false))
    zone.on('drop', (event) => {
      // Else the browser would open the file in place of the editor.
      event.preventDefault()
      mark(false)
      void this.take([...(event.originalEvent?.dataTransfer?.files ?? [])])
    })
  }

  /** Shows what reaches the nodes, since that is what a file is put to work on. */
  show(takers: readonly Taker[]): void {
    const { translate, stream } = this
    const before = stream.val()
    stream.empty()
    const known = new Set<string>()
    for (const { topic, context } of takers) {
      const value = $.param({ topic, ...(context === undefined ? {} : { context }) })
      if (known.has(value)) continue
      known.add(value)
      const name = topic === '' ? translate('streamless') : translate('stream', { topic })
      $('<option>')
        .val(value)
        .text(context === undefined ? name : `${name}, ${translate('context', { context })}`)
        .appendTo(stream)
    }
    if (typeof before === 'string' && known.has(before)) stream.val(before)
    $('#anomaly-import-stream-row').toggle(known.size > 1)
    const lines = takers.slice(0, 20).map(({ stage, columns, more, rows }) => {
      const names = more > 0 ? [...columns, `+${more}`] : columns
      return translate('arriving', { stage, columns: names.join(', '), rows })
    })
    const shown = lines.length === 0 ? [translate('nothingArrives')] : [...new Set(lines)]
    $('#anomaly-import-arriving').empty().append(...shown.map((line) => $('<div>').text(line))) // prettier-ignore
  }

  private async take(chosen: readonly File[]): Promise<void> {
    // sensad notes beside its baseline.json how many rows it learned from.
    const tables = chosen.filter(({ name }) => JSON_FILE.test(name))
    const meta = tables.length > 1 ? tables.find(({ name }) => META_FILE.test(name)) : undefined
    const files = chosen.filter((file) => file !== meta)
    // What works behind a scaler is taken in after it.
    files.sort((a, b) => Number(SCALER_FILE.test(b.name)) - Number(SCALER_FILE.test(a.name)))
    this.send(files, meta === undefined ? '' : rowsIn(await meta.text()))
  }

  /** @param learnedFrom rows that the model of a .json file was learned from, where that is known */
  private send(files: readonly File[], learnedFrom: string): void {
    const [first, ...rest] = files
    if (first === undefined) return
    const value = (name: string): string => String($(`#anomaly-import-${name}`).val() ?? '').trim()
    const query = $.param({
      file: first.name,
      columns: value('columns'),
      loss: value('loss'),
      layout: value('layout'),
      threshold: value('threshold'),
      learnedFrom: JSON_FILE.test(first.name) ? learnedFrom : '',
    })
    const stream = value('stream')
    $.ajax({
      url: `${this.base}/import?${query}${stream === '' ? '' : `&${stream}`}`,
      method: 'POST',
      contentType: 'application/octet-stream',
      data: first,
      processData: false,
    }).then((imported: Imported) => {
      RED.notify(escaped(this.said(first.name, imported)), 'success')
      this.done()
      this.send(rest, learnedFrom)
    }, this.failed)
  }

  private said(file: string, { kind, columns = [], rows = 1, threshold }: Imported): string {
    const { translate } = this
    if (kind === undefined) return translate('imported')
    const text = translate('importedPart', { file, kind, columns: columns.slice(0, 20).join(', '), rows })
    if (kind.startsWith('scaler')) return text
    const more =
      threshold === undefined
        ? translate('calibrates')
        : translate('withThreshold', { threshold: Number(threshold.toPrecision(6)) })
    return `${text} ${more}`
  }
}

/** Rows that a meta.json tells of; what is no such file is left to the server to refuse. */
function rowsIn(meta: string): string {
  try {
    return String((JSON.parse(meta) as { readonly n_rows?: unknown }).n_rows)
  } catch {
    return meta.slice(0, 40)
  }
}
