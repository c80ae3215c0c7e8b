import type { EditorRED } from 'node-red'

declare const RED: EditorRED

/**
 * Presses a button of a deployed node; what goes wrong is shown.
 * @param done called where it went well, with what the press did
 */
export function pressButton(
  node: { readonly id: string; readonly type: string },
  button: string,
  done?: (did?: string) => void,
): void {
  const failed = (reply: JQuery.jqXHR): void => {
    const body = reply.responseJSON as { error?: string } | undefined
    RED.notify(body?.error ?? reply.statusText, 'error')
  }
  $.ajax({ url: `edge-anomaly/buttons/${node.type}/${node.id}/${button}`, method: 'POST' }).then(
    (reply: { did?: string }) => done?.(reply.did),
    failed,
  )
}
