import type { DecoderSpec } from './decoder'
import { JsonDecoder } from './json'

/** Request of the IMU fault-detection service: `{"sensor_readings": [6]}`, or `[[6], …]` for several samples. */
export const sensorReadings: DecoderSpec = {
  name: 'sensor-readings',
  label: 'IMU fault detection (sensor_readings)',
  settings: [],
  example: '{"sensor_readings":[0.1,-0.2,9.81,0.01,-0.02,0.03]}',
  defaults: {
    channels: [
      ...['accel_x', 'accel_y', 'accel_z'].map((name) => ({ name, unit: 'm/s²' })),
      ...['gyro_x', 'gyro_y', 'gyro_z'].map((name) => ({ name, unit: 'rad/s' })),
    ],
  },
  create: (settings) => new JsonDecoder({ ...settings, options: { path: 'sensor_readings' } }),
}
