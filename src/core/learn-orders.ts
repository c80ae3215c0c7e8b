/** How far one operating state of a stream is. */
export interface ContextState {
  readonly context?: string
  readonly isLearned: boolean
  /** A block is wanted, being collected or being fitted. */
  readonly isLearning: boolean
}

interface Order {
  /** The state that the stream was in last. */
  current?: string
  /** Learn was pressed, and not taken back. */
  isAsked: boolean
}

/**
 * Decides which operating states (contexts) of a stream may be learned: a state that nobody asked to learn must be answered
 * with UNKNOWN_CONTEXT, never taken for normal in silence.
 *
 * With a list of states: those, and no other. Without one: what comes up while learning is on, which is from the first data or
 * from Learn until every state that came up meanwhile has been learned.
 */
export class LearnOrders {
  private readonly orders = new Map<string, Order>()

  /** @param listed the states to learn; empty: any that comes up while learning is on */
  constructor(
    private readonly listed: readonly string[],
    private readonly whenEmpty: boolean,
  ) {}

  /** A frame of this state has come. */
  see(topic: string, context: string): void {
    this.of(topic).current = context
  }

  /**
   * Learn was pressed.
   * @param known the states of the stream that have been seen
   * @param named the one state that was asked for, if one was
   * @returns the states that begin anew
   */
  ask(topic: string, known: readonly string[], named?: string): readonly string[] {
    const order = this.of(topic)
    order.isAsked = true
    if (named !== undefined) return [named]
    if (this.listed.length > 0) return known.filter((context) => this.listed.includes(context))
    return order.current === undefined ? known : [order.current]
  }

  /** Learning was taken back. */
  withdraw(topic: string): void {
    this.of(topic).isAsked = false
  }

  /** May a state that has not been learned begin to be? */
  mayBegin(topic: string, context: string, states: readonly ContextState[]): boolean {
    const isWanted = this.whenEmpty || this.of(topic).isAsked
    if (!isWanted) return false
    if (this.listed.length > 0) return this.listed.includes(context)
    return states.every(({ isLearned }) => !isLearned) || states.some(({ isLearning }) => isLearning)
  }

  private of(topic: string): Order {
    let order = this.orders.get(topic)
    if (order === undefined) this.orders.set(topic, (order = { isAsked: false }))
    return order
  }
}
