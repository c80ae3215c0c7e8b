import type { NodeAPI } from 'node-red'
import type { Host } from './host'
import type { Message, Send } from './message'
import { onButton, registerButtons } from './node-button'

/** What a press did; `ask`: nothing yet, since what was learned would be replaced. */
export type LearnPressed = 'learning' | 'stopped' | 'ask'

/** A node that the button works on. */
export interface Learning {
  /** Whether it is learning, or waits to, and whether there is something that it has learned. */
  readonly state: { readonly isLearning: boolean; readonly isLearned: boolean }
  input(message: Message, send: Send): void | Promise<void>
}

/** The button of a learning node: learn anew, or stop while it learns; `replace` is pressed once the user has agreed. */
export function registerLearnButton(red: NodeAPI, type: string): void {
  registerButtons(red, type, ['learn', 'replace'])
}

/** Does what the control messages do. */
export function onLearnButton(host: Host, node: Learning): void {
  const order = async (learn: boolean): Promise<LearnPressed> => {
    await node.input({ learn }, (message) => host.node.send(message as never))
    return learn ? 'learning' : 'stopped'
  }
  onButton(host, (button): Promise<LearnPressed> | LearnPressed => {
    const { isLearning, isLearned } = node.state
    if (button === 'replace') return order(true)
    if (isLearning) return order(false)
    return isLearned ? 'ask' : order(true)
  })
}
