/** True where a topic belongs to a topic filter (MQTT 5.0 section 4.7; `$share/group/` before it says only who gets it). */
export function matchesFilter(filter: string, topic: string): boolean {
  const wanted = filter.replace(/^\$share\/[^/]*\//, '').split('/')
  const levels = topic.split('/')
  // A wildcard at the beginning leaves out the broker's own topics.
  if (topic.startsWith('$') && /^[+#]/.test(wanted[0]!)) return false
  for (const [i, level] of wanted.entries()) {
    if (level === '#') return true
    if (i >= levels.length || (level !== '+' && level !== levels[i])) return false
  }
  return wanted.length === levels.length
}
