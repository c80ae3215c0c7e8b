import type { NodeAPI } from 'node-red'
import { InputError } from '../core/errors'
import { answerJson } from './admin'
import type { Host } from './host'

/** Event by which an admin route reaches the behaviour of a node. */
const PRESSED = 'anomaly:pressed'

/**
 * Registers the route of the buttons on nodes of a type: `POST edge-anomaly/buttons/<type>/<id>/<button>`. It answers with what
 * the press did: the word that `onButton` gave, or its promise.
 * @param buttons names of the buttons that there are
 */
export function registerButtons(red: NodeAPI, type: string, buttons: readonly string[]): void {
  answerJson(red, 'post', `/edge-anomaly/buttons/${type}/:id/:button`, 'write', async (request) => {
    const { id, button } = request.params as { id: string; button: string }
    const node = red.nodes.getNode(id)
    if (node?.type !== type || !buttons.includes(button))
      throw new InputError('settings.notDeployed', { field: 'id' })
    let reply: unknown
    node.emit(PRESSED, button, (given: unknown) => (reply = given))
    return { did: await reply }
  })
}

/** Calls `press` with the name of a button of this node that was pressed; what it throws is reported. */
export function onButton(host: Host, press: (button: string) => unknown): void {
  const pressed = (button: string, answer: (reply: unknown) => void): void =>
    host.guarded(() => {
      const reply = press(button)
      answer(reply)
      return reply
    })
  host.node.on(PRESSED as never, pressed as never)
}
