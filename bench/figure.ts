/** One measured figure; `target` is a comparison such as `>=0.95`. A figure that could not be measured has a null value. */
export interface Figure {
  readonly name: string
  readonly value: number | null
  readonly unit?: string
  readonly target?: string
}

/** What `npm run bench` hands to a bench. */
export interface BenchContext {
  say(text: string): void
  /** Further words of the command line. */
  readonly words: readonly string[]
}

export type Bench = (context: BenchContext) => Promise<readonly Figure[]>

/** A figure before it is measured: `of` works its value out of what was measured. */
export interface Planned<T> extends Omit<Figure, 'value'> {
  of(measured: T): number
}

/** The figures of a plan; null, with their targets, where nothing could be measured. */
export function figuresOf<T>(plan: readonly Planned<T>[], measured: T | undefined): readonly Figure[] {
  return plan.map(({ of, ...figure }) => ({ ...figure, value: measured === undefined ? null : of(measured) }))
}
