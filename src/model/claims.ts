import { ConfigError } from '../core/errors'
import type { Role } from './part'
import { streamFolder, type Stream } from './stream-folder'

/**
 * Who learns for which stream of which bundle: the first to claim a role owns it, since two chains that write to one model
 * would overwrite each other. In memory, for one runtime.
 */
export class Claims {
  private readonly owners = new Map<string, string>()

  /** @throws ConfigError naming the other owner */
  claim(bundle: string, stream: Stream, role: Role, ownerId: string): void {
    const key = JSON.stringify([bundle, streamFolder(stream), role])
    const owner = this.owners.get(key)
    if (owner !== undefined && owner !== ownerId) {
      throw new ConfigError('model.claimed', { field: bundle, stream: stream.topic, role, owner })
    }
    this.owners.set(key, ownerId)
  }

  /** Gives up everything that an owner claimed. */
  release(ownerId: string): void {
    for (const [key, owner] of this.owners) if (owner === ownerId) this.owners.delete(key)
  }
}
