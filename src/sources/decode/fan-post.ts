import type { DecoderSpec } from './decoder'
import { JsonDecoder } from './json'

/** Body that the ESP32 ceiling-fan sketch posts: `{"x":[200],"y":[200],"z":[200]}`, one second of acceleration in g at 200 Hz. */
export const fanPost: DecoderSpec = {
  name: 'fan-post',
  label: 'ESP32 ceiling fan (HTTP POST)',
  settings: [],
  example: '{"x":[0.012,0.01],"y":[0,-0.002],"z":[0.981,0.979]}',
  defaults: {
    channels: [
      { name: 'ax', unit: 'g', from: 'x' },
      { name: 'ay', unit: 'g', from: 'y' },
      { name: 'az', unit: 'g', from: 'z' },
    ],
    rate: 200,
    continuity: 'separate',
  },
  create: (settings) => new JsonDecoder({ ...settings, options: {} }),
}
