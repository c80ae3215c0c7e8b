import type { NodeAPI } from 'node-red'

/** Node-RED gives up on a node that does not close within this, ms: nobody waits longer for the disk either. */
const PATIENCE_MS = 15_000

/** What Node-RED tells of a start and of a stop of the flows. */
interface FlowsEvent {
  /** The configuration; on a stop it is the next one already, where there is a next one. */
  readonly config?: object
}

/**
 * What closed nodes still have to write. Between the close of a node and the start of its successor Node-RED drops what arrives, so
 * while flows are deployed no node waits for a disk: the process goes on, the successors hold what arrives until all is written, and
 * what a predecessor learned they find where it belongs. When Node-RED itself ends, everything is waited for.
 */
export class Leaving {
  private running?: object
  private isDeploying = false
  private readonly unfinished = new Set<Promise<void>>()

  constructor(events: NodeAPI['events']) {
    events.on('flows:starting', ({ config }: FlowsEvent) => {
      this.running = config
      this.isDeploying = false
    })
    events.on('flows:stopping', ({ config }: FlowsEvent) => {
      this.isDeploying = this.running !== undefined && config !== this.running
    })
  }

  /** Takes over what a closed node has to write; it reports its errors itself. Resolves when the node may call itself closed. */
  async take(work: Promise<void>): Promise<void> {
    this.unfinished.add(work)
    void work.finally(() => this.unfinished.delete(work))
    if (!this.isDeploying) await this.settled
  }

  /** Resolves when what has been taken over so far is written; undefined where nothing is left. */
  get settled(): Promise<void> | undefined {
    if (this.unfinished.size === 0) return undefined
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)))
    const written = Promise.all(this.unfinished).then(() => undefined)
    return Promise.race([written, patience]).finally(() => clearTimeout(timer))
  }
}

/** Holds what arrives until `open` resolves, in its order; without it nothing is held. */
export class Gate {
  private isOpen: boolean
  private readonly held: (() => void)[] = []
  private readonly opened?: Promise<void>

  /** @param run does what was held; it must not throw */
  constructor(open: Promise<void> | undefined, run: (work: () => void) => void) {
    this.isOpen = open === undefined
    this.opened = open?.then(() => {
      this.isOpen = true
      for (const work of this.held) run(work)
      this.held.length = 0
    })
  }

  /** True where what arrives now need not be held. */
  get lets(): boolean {
    return this.isOpen
  }

  hold(work: () => void): void {
    this.held.push(work)
  }

  /** Resolves when nothing is held any more; undefined where nothing is. */
  get empty(): Promise<void> | undefined {
    return this.held.length === 0 ? undefined : this.opened
  }
}

/** One for all nodes of a runtime, which share its events; it must be there before the flows start. */
const all = new WeakMap<object, Leaving>()

export function leavingOf({ events }: Pick<NodeAPI, 'events'>): Leaving {
  let leaving = all.get(events)
  if (leaving === undefined) {
    leaving = new Leaving(events)
    all.set(events, leaving)
  }
  return leaving
}
