type Numbers = Float64Array | Uint8Array | Uint32Array

/** Numbers that come one by one, in a typed array that grows: millions of them take the bytes that they need. */
export class Column<T extends Numbers> {
  private used = 0

  /** @param make a typed array of a length */
  constructor(
    private readonly make: (length: number) => T,
    private held: T = make(1024),
  ) {}

  push(value: number): void {
    if (this.used === this.held.length) {
      const larger = this.make(2 * this.used)
      larger.set(this.held)
      this.held = larger
    }
    this.held[this.used++] = value
  }

  get length(): number {
    return this.used
  }

  /** Valid until the next `push`. */
  get values(): T {
    return this.held.subarray(0, this.used) as T
  }
}
