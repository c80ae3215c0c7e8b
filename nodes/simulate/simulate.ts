import type { NodeAPI } from 'node-red'
import { readChoice, readFlag, readNumber, readText, readWhole } from '../../src/core/read-settings'
import { makeSimulator, MAX_PER_HOUR, SIMULATORS } from '../../src/core/simulate/registry'
import { defineNode, type Config } from '../../src/runtime/define-node'
import { SimulateNode } from '../../src/runtime/simulate-node'

export = (red: NodeAPI): void =>
  defineNode(red, {
    type: 'anomaly-simulate',
    read: (config, host) => {
      const names = SIMULATORS.map((one) => one.name)
      const name = readChoice(host.text('fields.machine'), config['machine'], names, 'fan')
      const spec = SIMULATORS.find((one) => one.name === name)!
      const settings = config['settings']
      const faultsPerHour = readNumber(host.text('simulate.fieldFaults'), config['faultsPerHour'], {
        min: 0,
        max: MAX_PER_HOUR,
        fallback: 0,
      })
      return {
        simulator: makeSimulator(spec, {
          seed: config['seed'],
          ...(typeof settings === 'object' ? (settings as Config | null) : {}),
          faultsPerHour,
        }),
        batch: readWhole(host.text('fields.perMessage'), config['batch'], {
          min: 1,
          max: 100_000,
          fallback: spec.batch,
        }),
        pace: readNumber(host.text('fields.pace'), config['pace'], { min: 0.001, max: 1000, fallback: 1 }),
        topic: readText(host.text('fields.topic'), config['streamTopic'], name),
        running: readFlag(host.text('fields.autostart'), config['autostart'], true),
      }
    },
    create: (settings, host) => new SimulateNode(settings, host),
  })
