/**
 * The simulated ceiling fan as a device of its own: publishes 20 samples at a time over MQTT, in real time.
 *
 *   node scripts/rig.mjs [--url mqtt://127.0.0.1:1883] [--topic rig/fan] [--speed low] [--coin true] [--fault none] [--seed 1]
 *                        [--behind 2000]
 *
 * Further behind than --behind ms (the computer slept), it goes on at the present instead of catching up.
 *
 * <topic>/imu      {"seq": 12, "time": ms of the first sample, "ax": [20 values in g], "ay": […], "az": […]}
 * <topic>/control  takes {"speed": "off|low|medium|high", "coin": true, "fault": "none|stuck|dropout|saturated", "seed": 1}
 * <topic>/state    the settings in force, retained; {"error": …} beside them after an order that makes no sense
 */
import { createRequire } from 'node:module'
import { parseArgs } from 'node:util'
import mqtt from 'mqtt'

const require = createRequire(import.meta.url)
const { FAN_DEFAULTS, FAN_RATE, FanRig, readFanSettings } = require('../dist/src/core/simulate/fan-rig.js')

const ROWS = 20
const PERIOD = (ROWS * 1000) / FAN_RATE

const { values: options } = parseArgs({
  options: {
    url: { type: 'string', default: 'mqtt://127.0.0.1:1883' },
    topic: { type: 'string', default: 'rig/fan' },
    speed: { type: 'string' },
    coin: { type: 'string' },
    fault: { type: 'string' },
    seed: { type: 'string' },
    behind: { type: 'string', default: '2000' },
  },
})

const latest = Number(options.behind)
const rig = new FanRig(readFanSettings(options, FAN_DEFAULTS))
const client = mqtt.connect(options.url, { queueQoSZero: false, reconnectPeriod: 500 })
let start = Date.now()
let batches = 0
let sequence = 0

function tellState(error) {
  const state = error === undefined ? rig.settings : { ...rig.settings, error }
  client.publish(`${options.topic}/state`, JSON.stringify(state), { qos: 1, retain: true })
}

function obey(text) {
  try {
    const order = JSON.parse(text)
    if (order === null || typeof order !== 'object') throw new Error('an order is a JSON object')
    rig.set(readFanSettings(order, rig.settings))
    tellState()
  } catch (error) {
    tellState(error.message)
  }
}

function publishOne() {
  const time = start + batches * PERIOD
  batches += 1
  const seq = sequence++
  const data = rig.next(ROWS)
  if (data === undefined || !client.connected) return
  const axis = (index) => Array.from({ length: ROWS }, (_, row) => data[row * 3 + index])
  const message = { seq, time, ax: axis(0), ay: axis(1), az: axis(2) }
  client.publish(`${options.topic}/imu`, JSON.stringify(message), { qos: 0 })
}

function publishDue() {
  const now = Date.now()
  if (now - (start + batches * PERIOD) > latest) {
    sequence += Math.floor((now - start) / PERIOD) - batches
    start = now
    batches = 0
  }
  while (start + (batches + 1) * PERIOD <= now) publishOne()
}

client.on('connect', () => {
  client.subscribe(`${options.topic}/control`, { qos: 1 })
  tellState()
})
client.on('message', (_topic, payload) => obey(payload.toString()))
client.on('error', (error) => console.error(`rig: ${error.message}`))

const timer = setInterval(publishDue, PERIOD / 4)
function stop() {
  clearInterval(timer)
  client.end(true, () => process.exit())
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
process.once('disconnect', stop)
