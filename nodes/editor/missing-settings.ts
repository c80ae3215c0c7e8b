/** A node as the editor holds it, with the settings that its type declares. */
interface HeldNode {
  readonly type: string
  readonly _def: {
    readonly defaults?: Readonly<Record<string, { readonly value: unknown; readonly type?: string }>>
  }
  [setting: string]: unknown
}

interface Events {
  on(event: 'nodes:add', listener: (node: HeldNode) => void): void
}

/**
 * Flows written by hand, or before a setting existed, lack it: the runtime then takes the default, but the editor would show an
 * empty choice. So whatever node of this package comes into the editor gets the defaults that it lacks, as a dragged one does.
 */
export function fillMissingSettings(events: Events): void {
  events.on('nodes:add', (node) => {
    if (!node.type.startsWith('anomaly-')) return
    for (const [name, { value, type }] of Object.entries(node._def.defaults ?? {})) {
      // A config node cannot be made up; of a list each node needs its own.
      if (node[name] === undefined && type === undefined) node[name] = structuredClone(value)
    }
  })
}
