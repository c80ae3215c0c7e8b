import type { NodeAPI } from 'node-red'
import { openLinuxBus } from '../sources/i2c/linux-bus'
import { scanBus } from '../sources/i2c/scan'
import { listSerialPorts } from '../sources/transports/serial'
import { answerJson } from './admin'

/** What the dialog of a source asks for: serial ports, chips on a bus. */
export function registerSourceRoutes(red: NodeAPI): void {
  answerJson(red, 'get', '/edge-anomaly/serial-ports', 'read', () => listSerialPorts())
  answerJson(red, 'get', '/edge-anomaly/i2c/:bus', 'read', async (request) => {
    const bus = openLinuxBus(Number(request.params['bus']))
    try {
      return await scanBus(bus)
    } finally {
      bus.close()
    }
  })
}
