import type { Node, NodeAPI, NodeDef } from 'node-red'
import { InputError, UserError } from '../core/errors'
import { statusOf } from './error-status'
import { isInFlows } from './flows'
import { Host } from './host'
import { Gate, leavingOf } from './leaving'
import type { Message, Send } from './message'
import { stateStoreOf } from './state-store'

/** What a node does. Its methods may throw: the adapter turns that into status, log and `done(err)`. */
export interface Behaviour {
  /**
   * Handles one message. Nothing returned: the message is done. A promise: it is done when the promise is.
   * `send` may be called any number of times, later too.
   */
  input?(message: Message, send: Send): void | Promise<void>
  /** Ends what the host does not end by itself, within 50 ms. `removed`: the node is in no flow any more; a disabled one is. */
  close?(removed: boolean): void | Promise<void>
  /** Called after `close`; resolves when what the node had to write is on the disk. A successor waits for it, `close` does not. */
  written?(removed: boolean): Promise<void>
  /** What survives a redeploy or restart, plain JSON. */
  snapshot?(): unknown
  /** Takes up what `snapshot` gave. A state that does not fit is refused by a throw and left out with a warning. */
  restore?(state: unknown): void
  /** Called once after `restore`, before the first message. */
  start?(): void
}

/** The settings of a node as the editor saved them: nothing is known of them until they are read. */
export type Config = Readonly<Record<string, unknown>>

export interface NodeSpec<S> {
  readonly type: string
  /** Reads the settings; opens nothing. @throws ConfigError */
  read(config: Config, host: Host): S
  /** Makes the behaviour; connections are opened here or in `start`. */
  create(settings: S, host: Host): Behaviour
  /** Fields of the credentials, where the node has some. */
  readonly credentials?: Record<string, { type: 'text' | 'password' }>
  /** Admin routes and the like, once per runtime. */
  register?(red: NodeAPI): void
}

/**
 * Registers a node type. The behaviour of a node towards Node-RED is written here, once, for all nodes:
 * the arity of the callbacks, `done` exactly once, async rejections, status of errors, state over restarts, close.
 */
export function defineNode<S>(red: NodeAPI, spec: NodeSpec<S>): void {
  function construct(this: Node, definition: NodeDef): void {
    red.nodes.createNode(this, definition)
    const host = new Host(red, this)
    const store = stateStoreOf(red)
    const leaving = leavingOf(red)
    let behaviour: Behaviour | undefined
    let broken: unknown
    try {
      behaviour = spec.create(spec.read(definition as unknown as Config, host), host)
      restore(behaviour, store.load(this.id), host)
      behaviour.start?.()
    } catch (error) {
      broken = error
      host.failed(error instanceof InputError ? 'status.failed' : statusOf(error))
      host.error(error)
    }

    type Done = (error?: Error) => void
    const succeed = (done: Done): void => {
      host.recovered()
      done()
    }
    const fail = (done: Done, error: unknown): void => {
      host.failed(statusOf(error))
      done(host.translated(named(error)))
    }

    // `done` is called outside of the `try`: what it throws is not this message's error, and must not call it a second time.
    const take = (message: Message, send: Send, done: Done): void => {
      let result: void | Promise<void>
      try {
        if (behaviour === undefined || broken !== undefined) throw broken
        result = behaviour.input?.(message, send)
      } catch (error) {
        fail(done, error)
        return
      }
      if (result === undefined) succeed(done)
      else {
        result.then(
          () => succeed(done),
          (error: unknown) => fail(done, error),
        )
      }
    }

    // What the nodes of before are still writing is to be found by what arrives now.
    const gate = new Gate(behaviour?.written && leaving.settled, (work) => host.guarded(work))

    // The three named arguments matter: Node-RED looks at the function's length.
    this.on('input', function (message, send, done) {
      if (gate.lets) take(message, send as Send, done)
      else gate.hold(() => take(message, send as Send, done))
    })

    // The successor takes up the state at once, wherever it is.
    const write = (kept: unknown, gone: boolean): Promise<void> | undefined => {
      const before = behaviour?.written?.(gone)
      if (gone) return store.remove(this.id, before)
      return kept === undefined ? before : store.save(this.id, kept, before)
    }
    const close = async (removed: boolean): Promise<void> => {
      if (!gate.lets) await gate.empty
      const kept = snapshot(behaviour, host)
      const gone = removed && !isInFlows(red, this.id)
      host.close()
      try {
        await behaviour?.close?.(gone)
      } catch (error) {
        host.error(error)
      }
      const writing = write(kept, gone)
      if (writing !== undefined) await leaving.take(writing.catch((error: unknown) => host.error(error)))
    }
    this.on('close', (removed: boolean, done: () => void) => {
      close(removed)
        .catch((error: unknown) => host.error(error))
        .finally(done)
    })
  }

  leavingOf(red)
  const options = spec.credentials === undefined ? undefined : { credentials: spec.credentials }
  red.nodes.registerType(spec.type, construct, options)
  spec.register?.(red)
}

/** What a message makes the code throw that is no error of ours (a property that throws when it is read) is that message's fault. */
function named(error: unknown): unknown {
  if (error instanceof UserError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new InputError('frame.failed', { field: 'msg', reason }, { cause: error })
}

function restore(behaviour: Behaviour, state: unknown, host: Host): void {
  if (state === undefined || behaviour.restore === undefined) return
  try {
    behaviour.restore(state)
  } catch (error) {
    host.warn('model.stateRefused', { reason: host.translated(error).message })
  }
}

function snapshot(behaviour: Behaviour | undefined, host: Host): unknown {
  try {
    return behaviour?.snapshot?.()
  } catch (error) {
    host.error(error)
    return undefined
  }
}
