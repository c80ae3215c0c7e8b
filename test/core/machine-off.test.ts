import assert from 'node:assert/strict'
import { InputError } from '../../src/core/errors'
import type { Frame } from '../../src/core/frame'
import { MachineOff, type MachineOffSettings } from '../../src/core/machine-off'
import type { Stage } from '../../src/core/stage'
import type { Verdict } from '../../src/core/verdict'

const ROWS = 200
/** A stage that gives back what it is given. */
const PASS: Stage<Frame, Frame> = { push: (frame) => [frame] }

/** Sines of these amplitudes on gravity. */
function vibration(amplitudes: readonly number[], mean = 1): Frame {
  const channels = ['ax', 'ay', 'az'].slice(0, amplitudes.length)
  const data = new Float32Array(ROWS * channels.length)
  for (let row = 0; row < ROWS; row++) {
    channels.forEach((_, c) => {
      data[row * channels.length + c] = mean + amplitudes[c]! * Math.sin((2 * Math.PI * 10 * row) / ROWS)
    })
  }
  return { channels, rate: ROWS, start: 1000, data }
}

function judge(frame: Frame, settings: Partial<MachineOffSettings>): Frame | Verdict {
  const stage = new MachineOff(
    { below: 0.01, channels: [], removeMean: true, sparesConstant: true, ...settings },
    PASS,
  )
  return stage.push(frame)[0]!
}

function isOff(frame: Frame, settings: Partial<MachineOffSettings>): boolean {
  const result = judge(frame, settings)
  return 'reason' in result && result.reason === 'MACHINE_OFF'
}

describe('a machine that is off', () => {
  it('is told by the effective value of all channels together, without gravity', () => {
    // Amplitudes 3, 4 and 12 (in mg) make 13 / √2 = 9.19 mg.
    const frame = vibration([0.003, 0.004, 0.012])
    assert.equal(isOff(frame, { below: 0.0093 }), true)
    assert.equal(isOff(frame, { below: 0.0091 }), false)
  })

  it('is told by the channels that were chosen', () => {
    const frame = vibration([0.001, 0.001, 0.5])
    assert.equal(isOff(frame, {}), false)
    assert.equal(isOff(frame, { channels: ['ax', 'ay'] }), true)
    assert.throws(() => isOff(frame, { channels: ['current'] }), InputError)
  })

  it('is told by the value itself where the mean counts, such as a current', () => {
    assert.equal(isOff(vibration([0.02], 2), { removeMean: false, below: 0.5 }), false)
    assert.equal(isOff(vibration([0.02], 0.1), { removeMean: false, below: 0.5 }), true)
    assert.equal(isOff(vibration([0.02], 0.5), { removeMean: false, below: 0.5 }), false)
  })

  it('gives a verdict without a score that says why, and what runs goes on unchanged', () => {
    const quiet = judge(vibration([0.001, 0.001, 0.001]), {}) as Verdict
    assert.equal(quiet.score, null)
    assert.equal(quiet.isAnomaly, false)
    assert.deepEqual(quiet.window, { start: 1000, end: 2000 })
    assert.equal(quiet.detail, 'the machine is off: its level is 0.00122, below 0.01')
    const running = vibration([1, 1, 1])
    assert.equal(judge(running, {}), running)
  })

  it('does not hide a sensor that is stuck', () => {
    const stuck = vibration([0, 0, 0])
    assert.equal(judge(stuck, {}), stuck)
    assert.equal(isOff(stuck, { sparesConstant: false }), true)
  })
})
