import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, packageRoot, startNodeRed, type NodeRedProcess } from '../node-red'
import { compileShim } from '../sources/i2c/shim/compile'
import { FanRigProcess } from '../tools/fan-rig'
import { Mosquitto } from '../tools/mosquitto'
import { needsTool } from '../tools/outside-tool'
import { SerialPair } from '../tools/serial-pair'
import { example, exampleFiles, readExample, tap } from './example'

describe('all examples in one Node-RED', function () {
  this.timeout(120_000)

  it('none disturbs another: every source sends, and nothing is refused', async function () {
    for (const tool of ['mosquitto', 'socat', 'gcc']) needsTool(this, tool)
    const { library } = compileShim()
    const broker = await Mosquitto.start(await freePort())
    const rig = FanRigProcess.start(broker.url)
    const serial = new SerialPair()
    await serial.plug()
    const device = setInterval(() => void serial.write('0.01,-0.02,0.98\n0.02,-0.01,0.97\n'), 10)
    const userDir = mkdtempSync(path.join(os.tmpdir(), 'anomaly-together-'))
    mkdirSync(path.join(userDir, 'models'))
    copyFileSync(
      path.join(packageRoot, 'examples', 'IMU with your own ONNX', 'autoencoder.onnx'),
      path.join(userDir, 'models', 'autoencoder.onnx'),
    )
    const port = String(await freePort())
    let nodeRed: NodeRedProcess | undefined
    try {
      const flows = exampleFiles.flatMap((file, i) => {
        const nodes = example(file, {
          'mqtt-broker': { broker: '127.0.0.1', port: String(broker.port) },
          'port 1337': { httpPort: port, httpHost: '127.0.0.1' },
          ...(file.includes('serial port') ? { 'anomaly-imu-source': { serialPath: serial.port } } : {}),
        })
        return tap(nodes, 'anomaly-window', `windows ${i}`)
      })
      nodeRed = await startNodeRed({
        flows,
        userDir,
        env: { LD_PRELOAD: library ?? '', I2CSHIM_NOISE: '0.003' },
      })
      const runs = (file: string): boolean =>
        readExample(file).some(({ type }) => type === 'anomaly-window') && !file.startsWith('HTTP')
      // The third window is refused where two chains claim one model.
      for (const [i, file] of exampleFiles.entries())
        if (runs(file)) await nodeRed.firstMessages(`windows ${i}`, 3, 60_000)
      await sleep(500)
      const errors = nodeRed.log.split('\n').filter((line) => line.includes('[error]'))
      assert.deepEqual(errors, [])
    } finally {
      await nodeRed?.stop()
      clearInterval(device)
      await serial.stop()
      await rig.stop()
      await broker.stop()
      rmSync(userDir, { recursive: true, force: true })
    }
  })
})
