/** Anybody's text (a topic, a label) as part of the name of a file or folder: nothing in it leads elsewhere. */
export function asFileName(text: string): string {
  return text.replace(/[^\p{L}\p{N}_-]+/gu, '_').slice(0, 80)
}
