import type { DecoderSpec, FormatDefaults } from '../../src/sources/decode/decoder'

/** The formats and, below, the settings that the chosen one adds. */
export function prepareFormat(
  decoders: readonly DecoderSpec[],
  format: string,
  options: Readonly<Record<string, string>>,
  translate: (key: string) => string,
  applyDefaults: (defaults: FormatDefaults) => void,
): void {
  /** A text of the node's catalogue; a format or setting that has none there shows its own label. */
  const textOr = (key: string, fallback: string): string => {
    const text = translate(key)
    return text === key || key.endsWith(text) ? fallback : text
  }
  const select = $('#node-input-format').empty()
  for (const decoder of decoders)
    $('<option>')
      .val(decoder.name)
      .text(textOr(`format.${decoder.name}`, decoder.label))
      .appendTo(select)
  select.val(format)
  let shown = format
  const show = (): void => {
    const spec = decoders.find((decoder) => decoder.name === select.val())
    // Only these formats need to be told where times and counts are.
    $('#anomaly-time-fields').toggle(spec?.clocks === undefined)
    showOptions(spec, spec?.name === format ? options : {}, textOr)
    if (spec !== undefined && spec.name !== shown && spec.defaults !== undefined) applyDefaults(spec.defaults)
    shown = spec?.name ?? shown
  }
  select.on('change', show)
  $('#node-input-transport').on('change', () =>
    $('#anomaly-format-options').toggle($('#node-input-transport').val() !== 'i2c'),
  )
  show()
}

function showOptions(
  spec: DecoderSpec | undefined,
  options: Readonly<Record<string, string>>,
  textOr: (key: string, fallback: string) => string,
): void {
  const place = $('#anomaly-format-options').empty()
  for (const setting of spec?.settings ?? []) {
    const id = `anomaly-option-${setting.name}`
    const row = $('<div class="form-row">').appendTo(place)
    $('<label>')
      .attr('for', id)
      .append(
        $('<i class="fa fa-angle-right">'),
        ' ',
        document.createTextNode(textOr(`option.${setting.name}`, setting.label)),
      )
      .appendTo(row)
    row.append(' ')
    const value = options[setting.name] ?? String(setting.fallback)
    if (setting.kind === 'choice') {
      const select = $('<select>').attr({ id, 'data-option': setting.name }).appendTo(row)
      for (const choice of setting.choices ?? [])
        $('<option>')
          .val(choice)
          .text(textOr(`choice.${choice}`, choice))
          .appendTo(select)
      select.val(value)
    } else {
      const placeholder = textOr(`optionHint.${setting.name}`, '')
      $('<input type="text">').attr({ id, placeholder, 'data-option': setting.name }).val(value).appendTo(row)
    }
  }
}

/** Shows after how many seconds silence is told where nothing is set: recordings may have pauses between them. */
export function prepareSilence(): void {
  const transport = $('#node-input-transport')
  const messages = $('#node-input-continuity')
  const show = (): void => {
    const isSeparate = messages.val() === 'separate' && transport.val() !== 'i2c'
    $('#node-input-noDataAfter').attr('placeholder', isSeparate ? '180' : '10')
  }
  transport.add(messages).on('change', show)
  show()
}

/** The settings of the format as they stand in the dialog. */
export function readOptions(): Record<string, string> {
  const options: Record<string, string> = {}
  $('#anomaly-format-options [data-option]').each((_, input) => {
    options[String($(input).attr('data-option'))] = String($(input).val() ?? '')
  })
  return options
}
