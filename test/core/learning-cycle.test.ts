import assert from 'node:assert/strict'
import { LearningCycle, type Block, type CycleOptions } from '../../src/core/learning-cycle'

const A = ['source ax 200 Hz', 'window 200']
const B = ['source ax 200 Hz', 'window 100']

function cycleOf(options: Partial<CycleOptions> = {}): LearningCycle<number, string> {
  return new LearningCycle<number, string>({ size: 3, whenEmpty: true, hold: true, ...options })
}

let made = 0
const newId = (): string => `id${++made}`

/** Gives items first … last and returns the block that became full, if any. */
function feed(
  cycle: LearningCycle<number, string>,
  first: number,
  last: number,
  contract = A,
  learning?: string,
): Block<number> | undefined {
  let block: Block<number> | undefined
  for (let item = first; item <= last; item++)
    block = cycle.next(item, contract, learning, newId).fit ?? block
  return block
}

describe('learning cycle', () => {
  it('holds exactly N items when empty, oldest first, then uses the part', () => {
    const cycle = cycleOf()
    assert.deepEqual(cycle.next(1, A, undefined, newId).progress, { have: 1, need: 3 })
    assert.equal(cycle.next(2, A, undefined, newId).held, true)
    const full = cycle.next(3, A, undefined, newId)
    assert.equal(full.held, true)
    assert.deepEqual(full.fit?.items, [1, 2, 3])
    cycle.fitted(full.fit, 'first')
    assert.equal(cycle.next(4, A, undefined, newId).use?.part, 'first')
  })

  it('answers LEARNING at once to what arrives during a long fit', () => {
    const cycle = cycleOf()
    const block = feed(cycle, 1, 3)!
    const during = cycle.next(4, A, undefined, newId)
    assert.equal(during.answer, 'LEARNING')
    assert.equal(during.held, undefined)
    assert.equal(cycle.isFitting(block.id), true)
  })

  it('answers NOT_LEARNED when it may not learn by itself, and learns on command', () => {
    const cycle = cycleOf({ whenEmpty: false })
    assert.equal(cycle.next(1, A, undefined, newId).answer, 'NOT_LEARNED')
    cycle.learn('run')
    const block = feed(cycle, 2, 4)!
    assert.deepEqual(block.items, [2, 3, 4])
    assert.equal(block.id, 'run')
  })

  it('goes on with the old part while it learns anew, and keeps copies only', () => {
    const cycle = cycleOf()
    cycle.fitted(feed(cycle, 1, 3)!, 'old')
    cycle.learn('again')
    const steps = [4, 5, 6].map((item) => cycle.next(item, A, undefined, newId))
    assert.deepEqual(
      steps.map((step) => step.use?.part),
      ['old', 'old', 'old'],
    )
    const block = steps[2]!.fit!
    assert.equal(block.held, false)
    assert.equal(cycle.next(7, A, undefined, newId).use?.part, 'old')
    cycle.fitted(block, 'new')
    assert.equal(cycle.next(8, A, undefined, newId).use?.part, 'new')
    assert.deepEqual(
      cycle.parts.map((known) => known.part),
      ['new', 'old'],
    )
  })

  it('uses the part of the contract at hand: swap and rollback without mismatch', () => {
    const cycle = cycleOf()
    cycle.adopt(A, 'for A')
    cycle.adopt(B, 'for B')
    assert.equal(cycle.next(1, A, undefined, newId).use?.part, 'for A')
    assert.equal(cycle.next(2, B, undefined, newId).use?.part, 'for B')
    assert.deepEqual(cycle.adopt(['C'], 'for C'), ['for A'])
  })

  it('answers OUT_OF_CONTRACT with the first line that differs', () => {
    const cycle = cycleOf()
    cycle.adopt(A, 'part')
    const step = cycle.next(1, B, undefined, newId)
    assert.equal(step.answer, 'OUT_OF_CONTRACT')
    assert.deepEqual(step.difference, { expected: 'window 200', got: 'window 100' })
  })

  it('learns from frames of a learning run whose contract it does not know, although it has a part', () => {
    const cycle = cycleOf({ whenEmpty: false })
    cycle.adopt(A, 'old')
    const block = feed(cycle, 1, 3, B, 'run7')!
    assert.equal(block.id, 'run7')
    assert.equal(block.held, true)
    cycle.fitted(block, 'new')
    assert.equal(cycle.next(4, B, undefined, newId).use?.part, 'new')
    assert.equal(cycle.next(5, A, undefined, newId).use?.part, 'old')
  })

  it('completes a block that a learning run began with the live frames of the same contract', () => {
    const cycle = cycleOf({ whenEmpty: false })
    cycle.adopt(A, 'old')
    assert.equal(feed(cycle, 1, 2, B, 'run'), undefined)
    assert.deepEqual(feed(cycle, 3, 3, B)?.items, [1, 2, 3])
  })

  it('scores the old contract while it collects the new one', () => {
    const cycle = cycleOf()
    cycle.adopt(A, 'old')
    cycle.next(1, B, 'run', newId)
    assert.equal(cycle.next(2, A, undefined, newId).use?.part, 'old')
    assert.deepEqual(cycle.state.collecting, { have: 1, need: 3 })
  })

  it('gives back the items of a block whose contract changed under way', () => {
    const cycle = cycleOf()
    cycle.next(1, A, undefined, newId)
    const step = cycle.next(2, B, undefined, newId)
    assert.deepEqual(step.dropped?.items, [1])
    assert.deepEqual(step.progress, { have: 1, need: 3 })
  })

  it('gives back unanswered items on reset, and keeps the part', () => {
    const cycle = cycleOf()
    cycle.adopt(A, 'part')
    cycle.next(1, B, 'run', newId)
    assert.deepEqual(cycle.reset()?.items, [1])
    assert.equal(cycle.next(2, A, undefined, newId).use?.part, 'part')
  })

  it('begins a cleared block anew where no part fits what it was learned from, and only there', () => {
    const cycle = cycleOf()
    cycle.adopt(A, 'part')
    cycle.next(1, B, 'run', newId)
    cycle.reset()
    assert.equal(cycle.isLearning, true)
    assert.equal(cycle.next(2, A, undefined, newId).progress, undefined)
    assert.equal(feed(cycle, 3, 5, B)?.id, 'run')

    const again = cycleOf()
    again.adopt(A, 'part')
    again.learn('wish')
    again.next(1, A, undefined, newId)
    again.reset()
    assert.equal(again.isLearning, false)
  })

  it('gives up for good, and says which run it was', () => {
    const cycle = cycleOf()
    cycle.adopt(A, 'part')
    cycle.next(1, B, 'run', newId)
    assert.deepEqual(cycle.giveUp(), {
      dropped: { id: 'run', contract: B, items: [1], held: true },
      run: 'run',
    })
    assert.equal(cycle.next(2, B, undefined, newId).answer, 'OUT_OF_CONTRACT')
    assert.deepEqual(cycle.giveUp(), { dropped: undefined, run: undefined })
  })

  it('takes a part back, so that the one before it works again', () => {
    const cycle = cycleOf()
    cycle.adopt(A, 'old')
    cycle.adopt(A, 'new')
    cycle.takeBack('new')
    assert.equal(cycle.next(1, A, undefined, newId).use?.part, 'old')
  })

  it('says of a block that it was asked for, unless it would begin by itself', () => {
    const empty = cycleOf()
    assert.equal(empty.next(1, A, 'run', newId).asked, false)
    assert.equal(empty.next(2, A, 'run', newId).asked, undefined)
    const known = cycleOf()
    known.adopt(A, 'part')
    assert.equal(known.next(1, B, 'run', newId).asked, true)
    const told = cycleOf({ whenEmpty: false })
    told.learn('wish')
    assert.equal(told.next(1, A, undefined, newId).asked, true)
  })

  it('does not adopt a fit that was given up meanwhile', () => {
    const cycle = cycleOf()
    const block = feed(cycle, 1, 3)!
    cycle.learn('again')
    assert.equal(cycle.isFitting(block.id), false)
  })

  it('lets items pass as LEARNING while it collects them where nothing is held', () => {
    const cycle = cycleOf({ hold: false })
    const steps = [1, 2, 3].map((item) => cycle.next(item, A, undefined, newId))
    assert.deepEqual(
      steps.map((step) => step.answer),
      ['LEARNING', 'LEARNING', 'LEARNING'],
    )
    assert.deepEqual(steps[2]!.fit?.items, [1, 2, 3])
  })

  it('begins anew after a failed fit', () => {
    const cycle = cycleOf()
    feed(cycle, 1, 3)
    cycle.failed()
    assert.deepEqual(feed(cycle, 4, 6)?.items, [4, 5, 6])
  })

  it('forgets parts and block', () => {
    const cycle = cycleOf()
    cycle.adopt(A, 'part')
    assert.deepEqual(cycle.forget().parts, ['part'])
    assert.equal(cycle.next(1, A, undefined, newId).held, true)
  })
})
