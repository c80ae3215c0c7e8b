import { firstDifference, sameContract, type Contract } from './contract'

/** A part in use, with the contract of what it was fitted on. */
export interface Known<P> {
  readonly contract: Contract
  readonly part: P
}

/** A full block, ready to be fitted. */
export interface Block<T> {
  readonly id: string
  readonly contract: Contract
  /** Oldest first. */
  readonly items: readonly T[]
  /** True where the items were held back and have to be sent on after the fit; false where they went on as they came. */
  readonly held: boolean
}

/** What happens to the item that was given. */
export interface Step<T, P> {
  /** The part to use on the item now. */
  readonly use?: Known<P>
  /** The item is kept for the block and comes back with it. */
  readonly held?: boolean
  /** The item is answered at once, without a part. */
  readonly answer?: 'LEARNING' | 'OUT_OF_CONTRACT' | 'NOT_LEARNED'
  /** With OUT_OF_CONTRACT: the contract line that differs. */
  readonly difference?: { readonly expected: string; readonly got: string }
  /** The block that became full with this item: fit it, then call `fitted` or `failed`. */
  readonly fit?: Block<T>
  /** A block began with this item that would not begin by itself, after a restart for one. */
  readonly asked?: boolean
  /** A block that was begun on another contract and is given up; its items have to be answered. */
  readonly dropped?: Block<T>
  /** Progress of the block, where there is one. */
  readonly progress?: { readonly have: number; readonly need: number }
}

export interface CycleOptions {
  /** Items in a block. */
  readonly size: number
  /** Learn from what arrives while nothing has been learned; a function is asked whenever that could begin. */
  readonly whenEmpty: boolean | (() => boolean)
  /** True: the items of the first block are held back and sent on after the fit. False: they pass while they are collected. */
  readonly hold: boolean
  /** Parts kept, newest first; older ones are forgotten. */
  readonly keep?: number
}

/**
 * The life cycle of one learner for one stream and context. It decides, it does nothing:
 * the caller fits, sends and saves. Parts are used only on items of exactly the contract they were fitted on.
 */
export class LearningCycle<T, P> {
  private readonly known: Known<P>[] = []
  private block?: { id: string; contract: Contract; items: T[]; held: boolean }
  private fitting?: { id: string; contract: Contract }
  private wanted?: string
  /** A block that was cleared begins anew with the next item of its contract. */
  private again?: { id: string; contract: Contract }

  constructor(private readonly options: CycleOptions) {}

  /** Learn anew from the next item on; a running block or fit is given up. Gives back the block given up, if any. */
  learn(id: string): Block<T> | undefined {
    const { dropped } = this.giveUp()
    this.wanted = id
    return dropped
  }

  /**
   * Clears the running block, fit and wish; parts stay. Where no part fits what was being learned from, a block begins anew: what
   * comes before in the chain has changed already. Gives back the block whose items nobody has answered yet.
   */
  reset(): Block<T> | undefined {
    const running = this.block ?? this.fitting
    const { dropped } = this.giveUp()
    if (running !== undefined && this.known.length > 0 && this.find(running.contract) === undefined)
      this.again = { id: running.id, contract: running.contract }
    return dropped
  }

  /** Gives up the running block, fit and wish for good; `run` is the id of the block or fit that there was. */
  giveUp(): { readonly dropped?: Block<T>; readonly run?: string } {
    const dropped = this.block
    const run = (this.block ?? this.fitting ?? this.again)?.id
    this.block = undefined
    this.fitting = undefined
    this.wanted = undefined
    this.again = undefined
    return { dropped, run }
  }

  /** Forgets everything, parts too. */
  forget(): { dropped?: Block<T>; parts: readonly P[] } {
    const { dropped } = this.giveUp()
    return { dropped, parts: this.known.splice(0).map((known) => known.part) }
  }

  /** Takes a part out of use, so that the one before it works again. */
  takeBack(part: P): void {
    const index = this.known.findIndex((known) => known.part === part)
    if (index >= 0) this.known.splice(index, 1)
  }

  /** Takes up a part, as the newest. Gives back the parts that fall out of the end. */
  adopt(contract: Contract, part: P): readonly P[] {
    this.known.unshift({ contract, part })
    return this.known.splice(this.options.keep ?? 2).map((known) => known.part)
  }

  /** True while the block with this id is being fitted: a fit that was given up meanwhile must not be adopted. */
  isFitting(id: string): boolean {
    return this.fitting?.id === id
  }

  /** The fit of a block succeeded. */
  fitted(block: Block<T>, part: P): readonly P[] {
    this.fitting = undefined
    return this.adopt(block.contract, part)
  }

  /** The fit of a block failed; the next item may begin a new one. */
  failed(): void {
    this.fitting = undefined
  }

  /** The newest part for this contract. */
  find(contract: Contract): Known<P> | undefined {
    return this.known.find((known) => sameContract(known.contract, contract))
  }

  /** Every part kept, newest first. */
  get parts(): readonly Known<P>[] {
    return this.known
  }

  /** True while a block is wanted, being collected or being fitted. */
  get isLearning(): boolean {
    return [this.wanted, this.again, this.block, this.fitting].some((each) => each !== undefined)
  }

  /** Collecting, or fitting, or neither. */
  get state(): { collecting?: { have: number; need: number }; fitting: boolean } {
    return {
      ...(this.block === undefined
        ? {}
        : { collecting: { have: this.block.items.length, need: this.options.size } }),
      fitting: this.fitting !== undefined,
    }
  }

  /**
   * @param contract of the item
   * @param learning id of the learning run that the item belongs to, where the stage before has just learned
   * @param newId makes an id for a block that begins with this item
   */
  next(item: T, contract: Contract, learning: string | undefined, newId: () => string): Step<T, P> {
    const use = this.find(contract)
    let dropped: Block<T> | undefined

    if (this.block !== undefined && !sameContract(this.block.contract, contract) && use === undefined) {
      // What arrives has changed while it was being collected: the block can never be completed.
      if (learning !== undefined || this.known.length === 0) dropped = this.dropBlock()
    }
    let asked: boolean | undefined
    if (this.block === undefined && this.begins(contract, use, learning)) {
      const run = this.wanted ?? learning ?? this.again?.id
      asked = run !== undefined && !this.learnsByItself
      this.block = { id: run ?? newId(), contract, items: [], held: this.options.hold && use === undefined }
      this.wanted = undefined
      this.again = undefined
    }

    const block = this.block
    if (block !== undefined && sameContract(block.contract, contract)) {
      block.items.push(item)
      const progress = { have: block.items.length, need: this.options.size }
      let fit: Block<T> | undefined
      if (block.items.length >= this.options.size) {
        fit = block
        this.block = undefined
        this.fitting = { id: block.id, contract }
      }
      if (use !== undefined) return { use, fit, asked, dropped, progress }
      return block.held
        ? { held: true, fit, asked, dropped, progress }
        : { answer: 'LEARNING', fit, asked, dropped, progress }
    }
    if (use !== undefined) return { use, dropped }
    if (this.fitting !== undefined && sameContract(this.fitting.contract, contract))
      return { answer: 'LEARNING', dropped }
    const newest = this.known[0]
    if (newest === undefined)
      return { answer: this.fitting === undefined ? 'NOT_LEARNED' : 'LEARNING', dropped }
    return { answer: 'OUT_OF_CONTRACT', difference: firstDifference(newest.contract, contract), dropped }
  }

  private begins(contract: Contract, use: Known<P> | undefined, learning: string | undefined): boolean {
    if (this.wanted !== undefined) return true
    if (use !== undefined) return false
    if (this.fitting !== undefined && sameContract(this.fitting.contract, contract)) return false
    if (learning !== undefined) return true
    if (this.again !== undefined && sameContract(this.again.contract, contract)) return true
    return this.learnsByItself
  }

  private get learnsByItself(): boolean {
    const { whenEmpty } = this.options
    return this.known.length === 0 && (typeof whenEmpty === 'function' ? whenEmpty() : whenEmpty)
  }

  private dropBlock(): Block<T> | undefined {
    const dropped = this.block
    this.block = undefined
    return dropped
  }
}
