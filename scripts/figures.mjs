/** Does a figure meet its target? Undefined where it has none, 'skipped' where it was not measured. */
export function meets({ value, target }) {
  if (target === undefined) return undefined
  if (value === null) return 'skipped'
  const [, sign, limit] = /^(>=|<=|>|<|==)\s*(.+)$/.exec(target)
  const bound = Number(limit)
  return {
    '>=': value >= bound,
    '<=': value <= bound,
    '>': value > bound,
    '<': value < bound,
    '==': value === bound,
  }[sign]
}

/** The figures as rows of a table. */
export function table(figures) {
  return figures.map((figure) => ({
    figure: figure.name,
    value: figure.value === null ? 'skipped' : Number(figure.value.toPrecision(4)),
    unit: figure.unit ?? '',
    target: figure.target ?? '',
    met: { true: 'yes', false: 'NO', skipped: 'skipped', undefined: '' }[String(meets(figure))],
  }))
}
