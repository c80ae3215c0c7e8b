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
