import type { Node, NodeAPI, NodeDef } from 'node-red'
import { InputError, UserError } from '../core/errors'
import { statusOf } from './error-status'
import { isInFlows } from './flows'
import { Host } from './host'
import type { Message, Send } from './message'
import { stateStoreOf } from './state-store'

/** What a node does. Its methods may throw: the adapter turns that into status, log and `done(err)`. */
export interface Behaviour {
  /**
   * Handles one message. Nothing returned: the message is done. A promise: it is done when the promise is.
   * `send` may be called any number of times, later too.
   */
  input?(message: Message, send: Send): void | Promise<void>
  /** Ends what the host does not end by itself. `removed`: the node is in no flow any more; a disabled one is. */
  close?(removed: boolean): void | Promise<void>
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

    // The three named arguments matter: Node-RED looks at the function's length. `done` is called outside of the `try`:
    // what it throws is not this message's error, and must not call it a second time.
    this.on('input', function (message, send, done) {
      let result: void | Promise<void>
      try {
        if (behaviour === undefined || broken !== undefined) throw broken
        result = behaviour.input?.(message, send as Send)
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
    })

    this.on('close', (removed: boolean, done: () => void) => {
      const kept = snapshot(behaviour, host)
      const gone = removed && !isInFlows(red, this.id)
      host.close()
      Promise.resolve()
        .then(() => behaviour?.close?.(gone))
        .catch((error: unknown) => host.error(error))
        .then(() =>
          gone ? store.remove(this.id) : kept === undefined ? undefined : store.save(this.id, kept),
        )
        .catch((error: unknown) => host.error(error))
        .finally(done)
    })
  }

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
