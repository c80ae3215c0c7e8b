/** One row of the channel list, as the node keeps it: texts, empty where the default holds. */
export interface ChannelRow {
  readonly name: string
  readonly unit?: string
  readonly scale?: string | number
  readonly offset?: string | number
  readonly from?: string
}

const FIELDS = ['name', 'unit', 'scale', 'offset', 'from'] as const
const WIDTHS = { name: '24%', unit: '15%', scale: '17%', offset: '17%', from: '22%' }

interface EditableList {
  editableList(options: Readonly<Record<string, unknown>>): JQuery
  editableList(call: 'empty' | 'items'): JQuery
  editableList(call: 'addItem', item: ChannelRow): JQuery
}

function list(): JQuery & EditableList {
  return $('#anomaly-channels')
}

/** Shows the channels in Node-RED's own editable list. */
export function prepareChannels(channels: readonly ChannelRow[], translate: (key: string) => string): void {
  if (!list().hasClass('red-ui-editableList-list')) {
    list()
      .css({ minHeight: '90px' })
      .editableList({
        addItem(container: JQuery, _index: number, channel: Partial<ChannelRow>) {
          for (const field of FIELDS) {
            $('<input type="text">')
              .css({ width: WIDTHS[field], marginRight: '1%' })
              .attr({
                placeholder: translate(`channel.${field}`),
                'aria-label': translate(`channel.${field}`),
              })
              .addClass(`anomaly-channel-${field}`)
              .val(String(channel[field] ?? ''))
              .appendTo(container)
          }
        },
        removable: true,
        sortable: true,
      })
  }
  list().editableList('empty')
  for (const channel of channels) list().editableList('addItem', channel)
}

/** The rows as they stand in the dialog; rows without a name are left out. */
export function readChannels(): ChannelRow[] {
  const rows: ChannelRow[] = []
  list()
    .editableList('items')
    .each((_, item) => {
      const value = (field: string): string =>
        String($(item).find(`.anomaly-channel-${field}`).val() ?? '').trim()
      if (value('name') === '') return
      rows.push({
        name: value('name'),
        unit: value('unit'),
        scale: value('scale'),
        offset: value('offset'),
        from: value('from'),
      })
    })
  return rows
}
