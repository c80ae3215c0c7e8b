import { ConfigError } from '../../core/errors'
import { hex } from './bus'

/** Who reads which sensor: each of two readers of one FIFO would get a part of its samples. In memory, for one runtime. */
export class SensorClaims {
  private readonly owners = new Map<string, string>()

  /** @returns what gives the sensor up again @throws ConfigError naming the other owner */
  claim(bus: number, address: number, owner: string): () => void {
    const key = `${bus}:${address}`
    const other = this.owners.get(key)
    if (other !== undefined) {
      throw new ConfigError('sources.i2cClaimed', {
        field: 'address',
        bus,
        address: hex(address),
        owner: other,
      })
    }
    this.owners.set(key, owner)
    return () => this.owners.delete(key)
  }
}
