import assert from 'node:assert/strict'
import { readSnooze } from '../../../src/core/alarm/read-snooze'
import { readAlarmSettings } from '../../../src/core/alarm/settings'
import { ConfigError, InputError } from '../../../src/core/errors'

describe('alarm settings', () => {
  it('work untouched: the verdict decides, one window, 10 s to end, faults and silence are alarms', () => {
    assert.deepEqual(readAlarmSettings({}), {
      each: 'detector',
      warning: 'verdict',
      reset: 0.9,
      timing: { hold: { windows: 1 }, keep: 10_000, coolDown: 0, latch: false },
      noData: 'auto',
      faults: true,
      maxStreams: 1000,
    })
  })

  it('read text as an editor gives it', () => {
    const settings = readAlarmSettings({
      each: 'topic',
      level: 'factor',
      factor: '1.5',
      warning: 'factor',
      warningFactor: '0.8',
      reset: '70',
      hold: '20',
      holdUnit: 's',
      keep: '0.5',
      coolDown: '60',
      latch: 'true',
      repeat: '30',
      repeatFactor: '',
      repeatMax: '600',
      noData: 's',
      noDataSeconds: '12',
      faults: 'false',
    })
    assert.deepEqual(settings, {
      each: 'topic',
      alarmFactor: 1.5,
      warning: { factor: 0.8 },
      reset: 0.7,
      timing: { hold: { ms: 20_000 }, keep: 500, coolDown: 60_000, latch: true },
      repeat: { first: 30_000, factor: 2, max: 600_000 },
      noData: 12_000,
      faults: false,
      maxStreams: 1000,
    })
  })

  it('name the field of nonsense', () => {
    for (const [config, pattern] of [
      [{ each: 'stream' }, /^each must be one of detector, topic/],
      [{ level: 'x' }, /^level must be one of anomaly, factor/],
      [{ reset: 0 }, /^reset must be from 1 to 100/],
      [{ reset: 101 }, /^reset must be/],
      [{ hold: 1.5 }, /^hold must be a whole number/],
      [{ keep: -1 }, /^keep must be from 0/],
      [{ repeat: 'soon' }, /^repeat must be a number/],
      [
        { level: 'factor', factor: 2, warning: 'factor', warningFactor: 3 },
        /^warningFactor must be from 0.01 to 2/,
      ],
      [{ latch: 'maybe' }, /^latch must be true or false/],
    ] as [Record<string, unknown>, RegExp][]) {
      assert.throws(
        () => readAlarmSettings(config),
        (error) => error instanceof ConfigError && pattern.test(error.message),
        String(pattern),
      )
    }
  })
})

describe('msg.snooze', () => {
  it('takes minutes, short text and ISO 8601 durations', () => {
    const cases: [unknown, number][] = [
      [30, 1_800_000],
      [0.5, 30_000],
      [0, 0],
      [false, 0],
      [true, 3_600_000],
      ['15', 900_000],
      ['30 min', 1_800_000],
      ['90s', 90_000],
      ['2h', 7_200_000],
      ['1.5 h', 5_400_000],
      ['1d', 86_400_000],
      ['PT30M', 1_800_000],
      ['P1DT2H', 93_600_000],
      ['PT1.5S', 1500],
      ['P2W', 1_209_600_000],
    ]
    for (const [value, ms] of cases) assert.equal(readSnooze(value), ms, String(value))
  })

  it('refuses nonsense in words that name it', () => {
    for (const value of [
      '',
      'soon',
      'P',
      'PT',
      '-5',
      -5,
      NaN,
      Infinity,
      1e9,
      {},
      [],
      null,
      undefined,
      '1e9 d',
      'P400D',
      Symbol('x'),
      5n,
    ]) {
      assert.throws(
        () => readSnooze(value),
        (error) => error instanceof InputError && error.message.startsWith('msg.snooze must be minutes'),
      )
    }
  })
})
