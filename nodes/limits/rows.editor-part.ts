/** One limit, as the node keeps it: texts, empty where nothing is asked. */
export interface LimitRow {
  readonly channel: string
  readonly low: string
  readonly high: string
  readonly change: string
  readonly within: string
  readonly hold: string
  readonly level: string
}

const FIELDS = [
  { name: 'channel', width: '48%' },
  { name: 'low', width: '22%' },
  { name: 'high', width: '22%' },
  { name: 'hold', width: '22%' },
  { name: 'change', width: '25%' },
  { name: 'within', width: '22%' },
] as const
export const EMPTY_LIMIT: LimitRow = {
  channel: '',
  low: '',
  high: '',
  change: '',
  within: '',
  hold: '',
  level: 'alarm',
}

interface EditableList {
  editableList(options: Readonly<Record<string, unknown>>): JQuery
  editableList(call: 'items'): JQuery
  editableList(call: 'addItem', item: Partial<LimitRow>): JQuery
}

function list(): JQuery & EditableList {
  return $('#anomaly-limit-list')
}

/** Shows the limits in Node-RED's own editable list. */
export function prepareLimits(rows: readonly LimitRow[], translate: (key: string) => string): void {
  list()
    .css({ minHeight: '150px' })
    .editableList({
      addItem(container: JQuery, _index: number, row: Partial<LimitRow>) {
        for (const { name, width } of FIELDS) {
          $('<input type="text">')
            .css({ width, margin: '0 1% 4px 0' })
            .attr({ placeholder: translate(`limit.${name}`), 'aria-label': translate(`limit.${name}`) })
            .addClass(`anomaly-limit-${name}`)
            .val(row[name] ?? '')
            .appendTo(container)
        }
        const level = $('<select>')
          .css({ width: '22%', margin: '0 0 4px 0' })
          .attr('aria-label', translate('limit.level'))
          .addClass('anomaly-limit-level')
          .appendTo(container)
        for (const value of ['alarm', 'warning'])
          $('<option>')
            .val(value)
            .text(translate(`level.${value}`))
            .appendTo(level)
        level.val(row.level ?? 'alarm')
      },
      removable: true,
      sortable: true,
    })
  for (const row of rows) list().editableList('addItem', row)
}

/** The rows as they stand in the dialog; rows without anything in them are left out. */
export function readLimitRows(): LimitRow[] {
  const rows: LimitRow[] = []
  list()
    .editableList('items')
    .each((_, item) => {
      const value = (name: string): string =>
        String($(item).find(`.anomaly-limit-${name}`).val() ?? '').trim()
      const row = { ...EMPTY_LIMIT }
      for (const name of Object.keys(EMPTY_LIMIT) as (keyof LimitRow)[])
        Object.assign(row, { [name]: value(name) })
      if (FIELDS.some(({ name }) => row[name] !== '')) rows.push(row)
    })
  return rows
}
