/** A number as tables show it: four significant digits, `-` where there is none. */
export function shown(value: number | null): string {
  if (value === null || Number.isNaN(value)) return '-'
  return String(Number(value.toPrecision(4)))
}

/** Rows of texts as lines with aligned columns; numbers stand to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => (row[i] ?? '').length)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd()
  return [line(head), ...rows.map(line)]
}
