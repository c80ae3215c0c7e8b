import assert from 'node:assert/strict'
import type { FlowNode, Message, NodeRedProcess } from '../node-red'
import { kindOf, press, tap, verdictOf, withVerdicts } from './example'

/** The verdicts of the learned model on their way to `alert`, and the samples of the simulated Pi, beside what the flow shows. */
export const withProbes = (flows: readonly FlowNode[]): FlowNode[] =>
  tap(withVerdicts(flows), 'anomaly-simulate', 'samples')

/** Learns from the simulated Pi at rest, lets all its cores work, and gives the seconds from then to the alarm. */
export async function secondsToAlarm(nodeRed: NodeRedProcess, flows: readonly FlowNode[]): Promise<number> {
  const events = flows.some((node) => node['name'] === 'what happened') ? 'what happened' : 'Last event'
  await press(nodeRed, flows, 'Simulate a Pi')
  const isSimulated = (message: Message): boolean => message['topic'] === 'simulated Pi'
  await nodeRed.next(
    'verdicts',
    (message) =>
      isSimulated(message) && message['anomaly'] !== undefined && verdictOf(message).threshold !== null,
    40_000,
  )
  nodeRed.clear()
  await press(nodeRed, flows, 'All cores busy')
  const busy = await nodeRed.next('samples', (message) => message['label'] === 'burn')
  const begin = (busy['payload'] as { start: number }).start
  const event = await nodeRed.next(events, (message) => isSimulated(message) && kindOf(message) === 'begin')
  assert.match(
    String((event['payload'] as Record<string, unknown>)['text']),
    /^simulated Pi: anomaly\. Score/,
  )
  // An alarm begins with the second window above the threshold.
  const flagged = nodeRed
    .messages('verdicts')
    .filter((message) => isSimulated(message) && verdictOf(message).isAnomaly)
  return (verdictOf(flagged[1]!).window.end - begin) / 1000
}
