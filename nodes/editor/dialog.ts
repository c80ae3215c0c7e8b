/** Small pieces that the dialogs share. */

/** Shows the rows of a dialog that apply: each row with `data-when="field=value|value"` is shown while that field has one of the values. */
export function showWhatApplies(): void {
  const update = (): void => {
    $('.anomaly-dialog [data-when]').each((_, row) => {
      const visible = String($(row).attr('data-when'))
        .split(' ')
        .every((condition) => {
          const [field = '', values = ''] = condition.split('=')
          const input = $(`#node-input-${field}, #node-config-input-${field}`)
          const value = input.is(':checkbox') ? String(input.is(':checked')) : String(input.val() ?? '')
          return values.split('|').includes(value)
        })
      $(row).toggle(visible)
    })
  }
  $('.anomaly-dialog').on('change input', 'select, input', update)
  update()
}

/** Fills a select with choices whose labels are locale keys, keeping the node's value. */
export function fillSelect(
  id: string,
  choices: readonly { value: string; label: string }[],
  value: string,
): void {
  const select = $(`#node-input-${id}`).empty()
  for (const choice of choices) $('<option>').val(choice.value).text(choice.label).appendTo(select)
  select.val(value).trigger('change')
}

/** `name`, or the palette label where the node has none. */
export function labelStyle(this: { name?: string }): string {
  return this.name ? 'node_label_italic' : ''
}
