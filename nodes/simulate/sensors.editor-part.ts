/** One simulated sensor, as the node keeps it: texts. */
export interface SensorRow {
  readonly name: string
  readonly unit: string
  readonly level: string | number
  readonly swing: string | number
  readonly period: string | number
  readonly noise: string | number
}

const FIELDS = [
  { name: 'name', width: '22%' },
  { name: 'unit', width: '12%' },
  { name: 'level', width: '14%' },
  { name: 'swing', width: '14%' },
  { name: 'period', width: '14%' },
  { name: 'noise', width: '14%' },
] as const

interface EditableList {
  editableList(options: Readonly<Record<string, unknown>>): JQuery
  editableList(call: 'items'): JQuery
  editableList(call: 'addItem', item: Partial<SensorRow>): JQuery
}

/** Shows the sensors in Node-RED's own editable list. */
export function prepareSensors(
  place: JQuery,
  rows: readonly SensorRow[],
  translate: (key: string) => string,
): void {
  const list = place as JQuery & EditableList
  list.addClass('anomaly-sensor-list').css({ minHeight: '150px' })
  list.editableList({
    addItem(container: JQuery, _index: number, row: Partial<SensorRow>) {
      for (const { name, width } of FIELDS) {
        const text = translate(`sensor.${name}`)
        $('<input type="text">')
          .css({ width, marginRight: '1%' })
          .attr({ placeholder: text, title: text, 'aria-label': text })
          .addClass(`anomaly-sensor-${name}`)
          .val(String(row[name] ?? ''))
          .appendTo(container)
      }
    },
    removable: true,
    sortable: true,
  })
  for (const row of rows) list.editableList('addItem', row)
}

/** The rows as they stand in the dialog, without those that have no name; undefined where no list is shown. */
export function readSensorRows(place: JQuery): readonly SensorRow[] | undefined {
  const list = place.find('.anomaly-sensor-list') as JQuery & EditableList
  if (list.length === 0) return undefined
  const rows: SensorRow[] = []
  list.editableList('items').each((_, item) => {
    const value = (name: string): string => String($(item).find(`.anomaly-sensor-${name}`).val() ?? '').trim()
    if (value('name') === '') return
    rows.push({
      name: value('name'),
      unit: value('unit'),
      level: value('level'),
      swing: value('swing'),
      period: value('period'),
      noise: value('noise'),
    })
  })
  return rows
}
