/** What is wrong with a dialog's html: texts that no locale can translate, fields that a screen reader cannot name. */

const MODEL_SPACE = '@edge-anomaly/node-red-anomaly/anomaly-model:'

/** Keys named by `data-i18n`, without `[attribute]`; of this node and, with a space before them, of another. */
export function localeKeys(html: string): readonly string[] {
  return [...html.matchAll(/data-i18n="([^"]*)"/g)].flatMap(([, value]) =>
    value!.split(';').map((part) => part.replace(/^\[[\w-]+\]/, '')),
  )
}

/** Keys that the html names and that are neither in its own catalogue, nor in the model's, nor Node-RED's own. */
export function missingKeys(
  keys: readonly string[],
  own: ReadonlySet<string>,
  model: ReadonlySet<string>,
): readonly string[] {
  return keys.filter((key) => {
    if (key.startsWith('node-red:')) return false
    return key.startsWith(MODEL_SPACE) ? !model.has(key.slice(MODEL_SPACE.length)) : !own.has(key)
  })
}

/** A word that somebody would want to translate. */
const WORD = /[a-zà-ÿ]{3,}/

/** Texts and attributes in plain English, where a locale key belongs. */
export function untranslated(html: string): readonly string[] {
  const bare = html.replace(/<!--[\s\S]*?-->|<style>[\s\S]*?<\/style>/g, '')
  const texts = [...bare.matchAll(/>([^<]+)</g)].map(([, text]) => text!.trim())
  const attributes = [...bare.matchAll(/\s(?:placeholder|title|aria-label|alt)="([^"]*)"/g)].map(
    ([, text]) => text!,
  )
  return [...texts, ...attributes].filter((text) => WORD.test(text.replace(/&\w+;/g, '')))
}

interface Tag {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
}

function tags(html: string): readonly Tag[] {
  return [...html.matchAll(/<(\w+)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*\/?>/g)].map(([, name, rest]) => ({
    name: name!,
    attributes: new Map(
      [...rest!.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].map(([, key, value]) => [key!, value ?? '']),
    ),
  }))
}

/** Labels that name no field, and fields that no label names. */
export function unlabelled(html: string): readonly string[] {
  const all = tags(html)
  const ids = new Set(all.map((tag) => tag.attributes.get('id')))
  const labels = all.filter((tag) => tag.name === 'label')
  const named = new Set(labels.map((label) => label.attributes.get('for')))
  const bad = labels
    .filter((label) => !ids.has(label.attributes.get('for') ?? '?'))
    .map((label) => `<label for="${label.attributes.get('for') ?? ''}"> leads to no field`)
  const fields = all.filter(
    (tag) => ['input', 'select', 'textarea'].includes(tag.name) && tag.attributes.get('type') !== 'hidden',
  )
  const nameless = fields.filter(({ attributes }) => {
    const translated = attributes.get('data-i18n')?.includes('[aria-label]') === true
    return !named.has(attributes.get('id')) && !attributes.has('aria-label') && !translated
  })
  return [
    ...bad,
    ...nameless.map(({ attributes }) => `#${attributes.get('id') ?? '?'} has neither label nor aria-label`),
  ]
}
