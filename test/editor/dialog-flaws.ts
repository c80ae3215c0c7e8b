import type { Locator } from 'playwright-core'

/**
 * What a user would see wrong in a dialog: texts that are not translated, fields without a word beside them, texts that are cut
 * off, fields that stick out. Rows that do not apply at the moment are looked at too.
 */
export function flawsOf(dialog: Locator): Promise<readonly string[]> {
  return dialog.evaluate((form) => {
    const flaws: string[] = []
    const nameOf = (element: Element): string => (element.id === '' ? element.outerHTML : `#${element.id}`)

    // Texts
    const untranslated = (text: string): boolean =>
      /^(@\S+:)?[a-z][\w-]*(\.[\w-]+)+$/i.test(text) || /undefined|\[object |NaN|__\w+__/.test(text)
    const texts = document.createTreeWalker(form, NodeFilter.SHOW_TEXT)
    while (texts.nextNode() !== null) {
      const text = (texts.currentNode.nodeValue ?? '').trim()
      if (untranslated(text)) flaws.push(`the text "${text}"`)
    }
    for (const element of form.querySelectorAll('[placeholder], [title], [aria-label]')) {
      for (const attribute of ['placeholder', 'title', 'aria-label']) {
        const text = element.getAttribute(attribute) ?? ''
        if (untranslated(text)) flaws.push(`${nameOf(element)} has the ${attribute} "${text}"`)
      }
    }
    for (const element of form.querySelectorAll('[data-i18n]')) {
      const keys = (element.getAttribute('data-i18n') ?? '').split(';')
      for (const key of keys) {
        const [, attribute, name = ''] = /^(?:\[([\w-]+)\])?(.*)$/.exec(key) ?? []
        const text = attribute === undefined ? element.textContent : element.getAttribute(attribute)
        const bare = name.slice(name.indexOf(':') + 1)
        if (text === null || ['', name, bare].includes(text.trim())) flaws.push(`${key} says "${text}"`)
      }
    }

    // Labels, widths
    const hidden = [...form.querySelectorAll<HTMLElement>('[data-when]')].filter(
      (row) => row.style.display === 'none',
    )
    for (const row of hidden) row.style.display = ''
    const room = form.getBoundingClientRect()
    const pen = document.createElement('canvas').getContext('2d')
    const isShown = (element: Element): boolean => element.getClientRects().length > 0
    for (const field of form.querySelectorAll<HTMLInputElement | HTMLSelectElement>('input, select')) {
      if (!isShown(field) || field.closest('.red-ui-typedInput-container') !== null) continue
      const labels = [...(field.labels ?? [])].map((label) => label.textContent ?? '').join('')
      const spoken = labels.trim() || field.getAttribute('aria-label') || field.getAttribute('title') || ''
      if (spoken === '' && !field.id.startsWith('node-input-lookup'))
        flaws.push(`${nameOf(field)} has no label`)
      if (field.getBoundingClientRect().right > room.right + 1) flaws.push(`${nameOf(field)} sticks out`)
      const style = getComputedStyle(field)
      if (pen === null || field.type === 'checkbox') continue
      pen.font = `${style.fontSize} ${style.fontFamily}`
      const arrow = field instanceof HTMLSelectElement ? 20 : 0
      const width = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - arrow
      const shown =
        field instanceof HTMLSelectElement ? [...field.options].map(({ text }) => text) : [field.placeholder]
      for (const text of shown) {
        const needed = pen.measureText(text).width
        if (needed > width + 1)
          flaws.push(`${nameOf(field)} cuts off "${text}": ${needed | 0} > ${width | 0} px`)
      }
    }
    for (const label of form.querySelectorAll('.form-row > label:first-child')) {
      if (isShown(label) && label.getBoundingClientRect().height > 34)
        flaws.push(`"${label.textContent}" is too long a label`)
    }
    if (form.scrollWidth > form.clientWidth)
      flaws.push(`the dialog needs ${form.scrollWidth} px, and has ${form.clientWidth}`)
    for (const row of hidden) row.style.display = 'none'
    return flaws
  })
}

/** Texts of the dialog whose contrast with what is behind them is below that of WCAG 2.2, 1.4.3 (4.5 : 1). */
export function faintTexts(dialog: Locator): Promise<readonly string[]> {
  return dialog.evaluate((form) => {
    type Colour = readonly [number, number, number, number]
    const parse = (text: string): Colour => {
      const [red = 0, green = 0, blue = 0, alpha = 1] = (text.match(/[\d.]+/g) ?? []).map(Number)
      return [red, green, blue, alpha]
    }
    const behind = (element: Element | null): Colour => {
      if (element === null) return [255, 255, 255, 1]
      const own = parse(getComputedStyle(element).backgroundColor)
      if (own[3] === 1) return own
      const below = behind(element.parentElement)
      const mix = (at: 0 | 1 | 2): number => own[at] * own[3] + below[at] * (1 - own[3])
      return [mix(0), mix(1), mix(2), 1]
    }
    const luminance = (colour: Colour): number => {
      const part = (value: number): number =>
        value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4
      return 0.2126 * part(colour[0]) + 0.7152 * part(colour[1]) + 0.0722 * part(colour[2])
    }
    const faint: string[] = []
    for (const element of form.querySelectorAll('label, span, div, a, strong, input, select, .fa')) {
      const ownText = [...element.childNodes].some(
        (child) => child.nodeType === Node.TEXT_NODE && child.nodeValue?.trim() !== '',
      )
      const isField = element.matches('input, select, .fa')
      // The colours of its buttons are Node-RED's own.
      if (
        (!ownText && !isField) ||
        element.getClientRects().length === 0 ||
        element.closest('.red-ui-button, .red-ui-editableList-addButton') !== null
      )
        continue
      const back = behind(element)
      const [light = 0, dark = 0] = [luminance(parse(getComputedStyle(element).color)), luminance(back)].sort(
        (a, b) => b - a,
      )
      const contrast = (light + 0.05) / (dark + 0.05)
      if (contrast < 4.5)
        faint.push(
          `${element.tagName} "${element.textContent?.trim()}" ${element.id}: ${contrast.toFixed(1)}`,
        )
    }
    return faint
  })
}

/** Selects that show none of their choices. */
export function emptyChoices(dialog: Locator): Promise<readonly string[]> {
  return dialog.evaluate((form) =>
    [...form.querySelectorAll('select')]
      .filter(({ options, selectedIndex }) => options.length > 0 && selectedIndex < 0)
      .map(({ id }) => id),
  )
}
