const WIDTH = 30
/** Redrawn at most this often, ms. */
const EVERY = 100

/** A bar on standard error; nothing where that is no terminal. */
export class Progress {
  private shownAt = 0
  private isShown = false
  private isOff = false

  constructor(
    private readonly stream: NodeJS.WriteStream = process.stderr,
    private readonly now: () => number = Date.now,
  ) {}

  /** Shows nothing from now on: rows go to the same terminal. */
  off(): void {
    this.done()
    this.isOff = true
  }

  /** @param share 0 … 1 @param text beside the bar */
  show(share: number, text = ''): void {
    if (this.isOff || this.stream.isTTY !== true) return
    const now = this.now()
    if (now - this.shownAt < EVERY && share < 1) return
    this.shownAt = now
    this.isShown = true
    const full = Math.round(share * WIDTH)
    const percent = String(Math.floor(share * 100)).padStart(3)
    this.stream.write(`\r\u001b[K${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${percent} % ${text}`)
  }

  /** Takes the bar away. */
  done(): void {
    if (this.isShown) this.stream.write('\r\u001b[K')
    this.isShown = false
  }
}
