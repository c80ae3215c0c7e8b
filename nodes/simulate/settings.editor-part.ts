import type { SimulatorSetting, SimulatorSpec } from '../../src/core/simulate/simulator'
import { prepareSensors, readSensorRows, type SensorRow } from './sensors.editor-part'

/** The settings of a machine, as the node keeps them. */
export type MachineSettings = Readonly<Record<string, string | boolean | readonly SensorRow[]>>

const PLACE = '#anomaly-machine-settings'

/** Shows the settings that the chosen machine has. */
export function prepareSettings(
  spec: SimulatorSpec | undefined,
  kept: MachineSettings,
  texts: { readonly label: (key: string) => string; readonly translate: (key: string) => string },
): void {
  const place = $(PLACE).empty()
  for (const setting of spec?.settings ?? []) {
    const row = $('<div class="form-row">').appendTo(place)
    const value = kept[setting.name] ?? setting.fallback
    if (setting.kind === 'channels') {
      $('<div class="anomaly-list-head">')
        .append($('<i class="fa fa-list">'), ' ', document.createTextNode(texts.label(setting.labelKey)))
        .appendTo(row)
      prepareSensors($('<ol>').appendTo(row), value as readonly SensorRow[], texts.translate)
    } else showField(row, setting, value, texts.label(setting.labelKey))
  }
}

function showField(
  row: JQuery,
  { name, kind, choices }: SimulatorSetting,
  value: unknown,
  text: string,
): void {
  const id = `anomaly-machine-${name}`
  const label = $('<label>').attr('for', id)
  if (kind === 'flag') {
    row.addClass('anomaly-check')
    $('<input type="checkbox">')
      .attr({ id, 'data-setting': name })
      .prop('checked', value === true || value === 'true')
      .appendTo(row)
    row.append(' ')
    label.text(text).appendTo(row)
    return
  }
  label.append($('<i class="fa fa-angle-right">'), ' ', document.createTextNode(text)).appendTo(row)
  row.append(' ')
  if (kind === 'choice') {
    const select = $('<select>').attr({ id, 'data-setting': name }).appendTo(row)
    for (const choice of choices ?? []) $('<option>').val(choice).text(choice).appendTo(select)
    select.val(String(value))
  } else {
    $('<input type="text">')
      .attr({ id, 'data-setting': name })
      .css({ width: '110px' })
      .val(String(value))
      .appendTo(row)
  }
}

/** The settings as they stand in the dialog. */
export function readSettings(): MachineSettings {
  const settings: Record<string, string | boolean | readonly SensorRow[]> = {}
  $(`${PLACE} [data-setting]`).each((_, field) => {
    const input = $(field)
    const name = String(input.attr('data-setting'))
    settings[name] = input.is(':checkbox') ? input.is(':checked') : String(input.val() ?? '').trim()
  })
  const sensors = readSensorRows($(PLACE))
  return sensors === undefined ? settings : { ...settings, channels: sensors }
}
