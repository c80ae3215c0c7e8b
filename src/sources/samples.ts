/** Rows of one stream on their way from decoder to frame, in double precision. */
export interface Samples {
  readonly channels: readonly string[]
  readonly units?: readonly string[]
  /** Nominal rate in Hz. */
  readonly rate?: number
  readonly rows: number
  /** rows × channels, row-major. */
  readonly data: Float64Array
  /** As in `Batch`: of each row, or a single one for the first. */
  readonly times?: Float64Array
  readonly sequence?: Float64Array
  readonly modulus?: number
  readonly wrap?: number
  /** As in `Batch`: numbers of the rows as they were sent, where some were left out. */
  readonly kept?: readonly number[]
}
