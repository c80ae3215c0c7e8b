import type { Message, Send } from './message'

type SendAny = (messages: readonly (Message | null)[]) => void

/**
 * Sends to the second output alone. Never `send([a, b])`: Node-RED clones what goes to a second output of the same call,
 * whether it needs to or not.
 */
export function sendToSecond(send: Send, message: Message): void {
  const sendAny = send as unknown as SendAny
  sendAny([null, message])
}
