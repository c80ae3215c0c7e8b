/** Scans bus 1 in a process of its own, for the shim: prints what was found as JSON. */
import { openLinuxBus } from '../../../../src/sources/i2c/linux-bus'
import { scanBus } from '../../../../src/sources/i2c/scan'

const bus = openLinuxBus(1)
void scanBus(bus).then((found) => {
  process.stdout.write(`${JSON.stringify(found)}\n`)
  bus.close()
})
