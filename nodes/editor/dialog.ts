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

/** Notes what the dialog shows at first of a setting that it takes apart into rows or fields of its own. */
export function rememberShown(setting: string, shown: unknown): void {
  $('.anomaly-dialog').data(`shown-${setting}`, JSON.stringify(shown))
}

/** True where it shows something else now: a look into a dialog is no change of the node. */
export function isTouched(setting: string, shown: unknown): boolean {
  return $('.anomaly-dialog').data(`shown-${setting}`) !== JSON.stringify(shown)
}

/** Shows choices of which any number may be made, in two columns. */
export function showChoices(
  place: JQuery,
  choices: readonly { readonly value: string; readonly label: string }[],
  isChosen: (value: string) => boolean,
): void {
  place.addClass('anomaly-choices')
  for (const { value, label } of choices) {
    const id = `${place.attr('id')}-${value}`
    const row = $('<div>').appendTo(place)
    $('<input type="checkbox">').attr({ id, value }).prop('checked', isChosen(value)).appendTo(row)
    $('<label>').attr('for', id).text(label).appendTo(row)
  }
}

/** The choices made, in the order of the list. */
export function readChoices(place: JQuery): string[] {
  return place
    .find('input:checked')
    .map((_, box) => String($(box).val()))
    .get()
}

/** `name`, or the palette label where the node has none. */
export function labelStyle(this: { name?: string }): string {
  return this.name ? 'node_label_italic' : ''
}
