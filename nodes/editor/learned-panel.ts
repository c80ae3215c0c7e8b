import type { EditorRED } from 'node-red'
import { escaped, ImportPanel, type Taker } from './import-file'
import { learningReport, type StageReport } from './learning-report'

declare const RED: EditorRED

interface Version {
  readonly version: number
  readonly time: number
  readonly current: boolean
  readonly method?: string
  readonly threshold?: number
  readonly n?: number
  readonly reports: readonly StageReport[]
}

interface LearnedStream {
  /** It has an autoencoder that can be saved as an ONNX file; in eight bits too, unless it came as one. */
  readonly onnx: boolean
  readonly int8: boolean
  /** It has a robust z that can be saved as sensad's files. */
  readonly sensad: boolean
  readonly topic: string
  readonly context?: string
  readonly versions: readonly Version[]
  /** What has been learned of the next version. */
  readonly draft?: Version
}

type Translate = (key: string, params?: Record<string, string | number>) => string

interface Learned {
  /** Of the model; nothing else is there where its node is not deployed. */
  readonly name?: string
  readonly streams: readonly LearnedStream[]
  readonly takers: readonly Taker[]
}

/** Fills the panel of the model dialog: streams, versions, rollback, forget, export and import of what the node `id` names. */
export function showLearned(id: string, translate: Translate): void {
  const panel = $('#anomaly-model-learned')
  const base = `edge-anomaly/models/${encodeURIComponent(`node:${id}`)}`
  let name = ''
  const failed = (reply: JQuery.jqXHR): void => {
    const body = reply.responseJSON as { error?: string } | undefined
    RED.notify(escaped(translate('failed', { reason: body?.error ?? reply.statusText })), 'error')
  }
  const post = (path: string, data: unknown): void => {
    $.ajax({
      url: `${base}/${path}`,
      method: 'POST',
      contentType: 'application/json',
      data: JSON.stringify(data),
    }).then(load, failed)
  }

  /** Saves a file that only a request with the user's token gets. */
  function download(path: string, file: string): void {
    $.ajax({ url: `${base}/${path}`, method: 'GET', xhrFields: { responseType: 'blob' } }).then(
      (blob: Blob) => save(blob, file),
      failed,
    )
  }

  function save(content: Blob, file: string): void {
    const link = $('<a>').attr({ href: URL.createObjectURL(content), download: file })
    link.get(0)?.click()
  }

  /** The two files that sensad keeps side by side. */
  function saveForSensad(query: string): void {
    $.getJSON(`${base}/sensad?${query}`).then((files: { baseline: string; meta: string }) => {
      save(new Blob([files.baseline]), 'baseline.json')
      save(new Blob([files.meta]), 'meta.json')
    }, failed)
  }

  function row(stream: LearnedStream, version: Version): JQuery {
    const time = new Date(version.time).toLocaleString()
    const line = $('<div>').css({
      display: 'flex',
      gap: '8px',
      alignItems: 'center',
      padding: '2px 0 2px 12px',
    })
    const isDraft = version === stream.draft
    $('<span>')
      .text(translate(isDraft ? 'draft' : 'version', { version: version.version, time }))
      .appendTo(line)
    if (isDraft) return line
    const calibration =
      version.method === undefined
        ? translate('uncalibrated')
        : translate('calibration', {
            method: version.method,
            threshold: Number((version.threshold ?? 0).toPrecision(4)),
            n: version.n ?? 0,
          })
    $('<span>').css('flex', '1').text(calibration).appendTo(line)
    if (version.current) $('<strong>').text(translate('current')).appendTo(line)
    else {
      $('<button type="button" class="red-ui-button red-ui-button-small">')
        .text(translate('rollback'))
        .on('click', () =>
          post('rollback', { topic: stream.topic, context: stream.context, version: version.version }),
        )
        .appendTo(line)
    }
    return line
  }

  /** A button that saves what a stream has learned. */
  function saveButton(
    text: string,
    { topic, context }: LearnedStream,
    onClick: (query: string) => void,
  ): JQuery {
    const query = $.param({ topic, ...(context === undefined ? {} : { context }) })
    return $('<button type="button" class="red-ui-button red-ui-button-small">')
      .text(translate(text))
      .on('click', () => onClick(query))
  }

  function show(streams: readonly LearnedStream[]): void {
    panel.empty()
    if (streams.length === 0) panel.text(translate('nothing'))
    for (const stream of streams) {
      const head = $('<div>').css({ display: 'flex', gap: '8px', alignItems: 'center' })
      const title =
        stream.topic === '' ? translate('streamless') : translate('stream', { topic: stream.topic })
      const context =
        stream.context === undefined ? '' : `, ${translate('context', { context: stream.context })}`
      $('<span>')
        .css('flex', '1')
        .text(title + context)
        .appendTo(head)
      $('<button type="button" class="red-ui-button red-ui-button-small">')
        .text(translate('forget'))
        .on('click', () => {
          if (window.confirm(translate('confirmForget')))
            post('forget', { topic: stream.topic, context: stream.context })
        })
        .appendTo(head)
      if (stream.onnx)
        head.append(saveButton('onnx', stream, (query) => download(`onnx?${query}`, `${name}.onnx`)))
      if (stream.int8)
        head.append(
          saveButton('onnxInt8', stream, (query) => download(`onnx?${query}&int8=true`, `${name}-int8.onnx`)),
        )
      if (stream.sensad) head.append(saveButton('sensad', stream, saveForSensad))
      panel.append(head)
      for (const version of [stream.draft ?? [], stream.versions].flat()) {
        panel.append(row(stream, version))
        if (version.current || version === stream.draft)
          panel.append(...version.reports.map((report) => learningReport(report, translate)))
      }
    }
  }

  function load(): void {
    $.getJSON(base).then((reply: Learned) => {
      if (reply.name === undefined) {
        panel.text(translate('notDeployed'))
        return
      }
      name = reply.name
      show(reply.streams)
      imports.show(reply.takers)
    }, failed)
  }

  $('#anomaly-model-export').on('click', () => download('export', `${name}.anomaly`))
  const imports = new ImportPanel(base, translate, load, failed)
  load()
}
