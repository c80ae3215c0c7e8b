import { InputError } from '../../core/errors'
import type { Item } from '../chain/cutter'
import { Cutter } from '../chain/cutter'
import type { Recipe } from '../chain/recipe'
import type { ColumnPlan, Wanted } from '../csv/columns'
import { isMissing } from '../csv/decimal'
import { readRows } from '../csv/read-rows'
import type { RowBlock } from '../csv/row-block'
import { openInput } from '../terminal/input'
import type { Terminal } from '../terminal/terminal'

/** Who takes what the files are cut into. */
export interface ItemSink {
  /** Once, when the header of the first file is known. */
  begin?(recipe: Recipe, plan: ColumnPlan, cutter: Cutter): void | Promise<void>
  items(items: readonly Item[]): void | Promise<void>
}

/**
 * Reads files one after the other and cuts them into what is scored.
 * @param recipeOf makes the recipe once the channels of the first file are known
 * @param isStrict a column of text among the channels is an error, not a dropout
 */
export async function gather(
  names: readonly string[],
  wanted: Wanted,
  recipeOf: (channels: readonly string[]) => Recipe,
  sink: ItemSink,
  terminal: Terminal,
  isStrict: boolean,
): Promise<Cutter> {
  let cutter: Cutter | undefined
  let channels = wanted.channels
  const lacking = new Set<string>()
  for (const name of names) {
    const input = openInput(name, terminal.progress)
    await readRows(
      input,
      { ...wanted, ...(channels === undefined ? {} : { channels }) },
      {
        async begin(plan) {
          channels = plan.channels
          if (cutter === undefined) {
            const recipe = recipeOf(plan.channels)
            cutter = new Cutter(recipe)
            await sink.begin?.(recipe, plan, cutter)
          }
          for (const { role, column } of plan.lacking) {
            if (!lacking.has(role)) terminal.note('cli.lacksRemembered', { field: `--${role}`, column })
            lacking.add(role)
          }
          cutter.begin(plan, names.length > 1 ? name : '')
        },
        rows(block) {
          const items = cutter!.push(block)
          if (isStrict && block.first === 0) checkFirst(block, cutter!, input.name)
          return items.length === 0 ? undefined : sink.items(items)
        },
      },
    )
  }
  terminal.progress.done()
  if (cutter === undefined) throw new InputError('cli.emptyFile', { field: '--input' })
  cutter.finish()
  const { gaps, shortRuns, shortRows } = cutter
  if (gaps > 0) terminal.note('cli.gaps', { count: gaps })
  if (shortRuns > 0) terminal.note('cli.shortRuns', { count: shortRuns, rows: shortRows })
  return cutter
}

/** A file whose first row holds text where a number or a time belongs was not meant so. */
function checkFirst({ bad, plan, texts }: RowBlock, cutter: Cutter, field: string): void {
  if (bad?.row === 0 && bad.column !== undefined && !isMissing(bad.text))
    throw new InputError('cli.textColumn', { field, column: bad.column, got: bad.text.slice(0, 40) })
  if (plan.time < 0 || cutter.timeUnit !== undefined) return
  const column = plan.names[plan.textOf.indexOf(plan.time)] ?? ''
  throw new InputError('cli.badTime', { field, column, got: texts[plan.time]![0]!.slice(0, 40) })
}
