import type { Locator } from 'playwright-core'

/** Fields by their id. */
export type Fields = Readonly<Record<string, string | boolean>>

export interface NumberFields {
  /** They turn red where something is typed that is no number. */
  readonly guarded: readonly string[]
  readonly unguarded: readonly string[]
}

/** Without the fields of the import, which go with a file and not with the node. */
const FIELDS = ['input[id]:not([type=file]):not([type=hidden])', 'select[id]']
  .map((field) => `${field}:not([id^=anomaly-import-])`)
  .join(', ')

/** The settings that are shown. */
export function readFields(dialog: Locator): Promise<Fields> {
  return dialog.evaluate((form, selector) => {
    const shown = [...form.querySelectorAll<HTMLInputElement | HTMLSelectElement>(selector)].filter(
      (field) => field.getClientRects().length > 0,
    )
    return Object.fromEntries(
      shown.map((field) => [field.id, field.type === 'checkbox' ? field.checked : field.value]),
    )
  }, FIELDS)
}

/** Changes each setting that is shown: the next choice, a number one higher, another text. What hides others comes before them. */
export function changeFields(dialog: Locator): Promise<void> {
  return dialog.evaluate((form, selector) => {
    for (const field of form.querySelectorAll<HTMLInputElement | HTMLSelectElement>(selector)) {
      if (field.getClientRects().length === 0) continue
      if (field instanceof HTMLSelectElement) {
        const choices = [...field.options].map(({ value, disabled }) => (disabled ? '' : value))
        const here = field.selectedIndex
        const after = [...choices.slice(here + 1), ...choices.slice(0, here)]
        field.value = after.find((value) => value !== '' && value !== '_ADD_') ?? field.value
      } else if (field.type === 'checkbox') field.checked = !field.checked
      else {
        const shown = field.value || field.placeholder
        field.value = /^\d+(\.\d+)?$/.test(shown) ? String(Number(shown) + 1) : 'changed'
      }
      for (const event of ['input', 'keyup', 'change'])
        field.dispatchEvent(new Event(event, { bubbles: true }))
    }
  }, FIELDS)
}

/** Types "many" into each text field and puts back what was there; a number is where one is shown, as value or as hint. */
export function checkNumbers(dialog: Locator): Promise<NumberFields> {
  return dialog.evaluate(async (form, selector) => {
    const guarded: string[] = []
    const unguarded: string[] = []
    for (const field of form.querySelectorAll<HTMLInputElement>(selector)) {
      const kept = field.value
      const isNumber = /^\d+(\.\d+)?$/.test(kept || field.placeholder)
      if (field.type !== 'text' || field.getClientRects().length === 0) continue
      for (const text of ['many', kept]) {
        field.value = text
        for (const event of ['input', 'keyup', 'change'])
          field.dispatchEvent(new Event(event, { bubbles: true }))
        await new Promise(requestAnimationFrame)
        if (text === kept) continue
        if (field.classList.contains('input-error')) guarded.push(field.id)
        else if (isNumber) unguarded.push(field.id)
      }
    }
    return { guarded, unguarded }
  }, FIELDS)
}
