import type { NodeAPI } from 'node-red'

/**
 * One thing per runtime and user directory, shared by all its nodes. All nodes of a runtime share its event emitter; several
 * runtimes in one process, or one that is started again elsewhere, keep apart.
 */
export class PerRuntime<T> {
  private readonly things = new WeakMap<object, Map<string, T>>()

  constructor(private readonly make: (red: NodeAPI) => T) {}

  of(red: NodeAPI): T {
    let byFolder = this.things.get(red.events)
    if (byFolder === undefined) {
      byFolder = new Map()
      this.things.set(red.events, byFolder)
    }
    const folder = red.settings.userDir ?? ''
    let thing = byFolder.get(folder)
    if (thing === undefined) {
      thing = this.make(red)
      byFolder.set(folder, thing)
    }
    return thing
  }
}
