import assert from 'node:assert/strict'
import { matchesFilter } from '../../../src/sources/transports/topic-filter'

describe('MQTT topic filters', () => {
  for (const [filter, fits, others] of [
    ['rig/fan', ['rig/fan'], ['rig', 'rig/fan/imu', 'rig/pump', '/rig/fan']],
    ['rig/+/imu', ['rig/fan/imu', 'rig//imu'], ['rig/imu', 'rig/fan/imu/x']],
    // The examples of MQTT 5.0, section 4.7.1.
    ['sport/tennis/player1/#', ['sport/tennis/player1', 'sport/tennis/player1/score/x'], ['sport/tennis']],
    ['+/+', ['/finance', 'a/b'], ['a', 'a/b/c']],
    ['#', ['a', 'a/b'], ['$SYS/uptime']],
    ['$share/workers/rig/#', ['rig/fan'], ['workers/rig/fan', 'share/workers/rig/fan']],
  ] as const) {
    it(filter, () => {
      for (const topic of fits) assert.equal(matchesFilter(filter, topic), true, topic)
      for (const topic of others) assert.equal(matchesFilter(filter, topic), false, topic)
    })
  }
})
