import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { COMMANDS } from '../../src/cli/commands/registry'
import { helpOf, overview } from '../../src/cli/terminal/help'
import { readModel } from '../../src/cli/model/stored-model'
import { packageRoot } from '../node-red'
import { edgeAnomaly, scratch, succeed } from './edge-anomaly'
import { normalRows } from './recordings'

describe('the command line', () => {
  const file = scratch()

  it('has the commands that the help lists, each with help of its own', () => {
    const names = ['fit', 'score', 'eval', 'features', 'simulate', 'replay', 'import', 'export']
    assert.deepEqual(
      COMMANDS.map(({ name }) => name),
      names,
    )
    const whole = overview(COMMANDS)
    for (const command of COMMANDS) {
      assert.match(whole, new RegExp(`^  ${command.name} `, 'm'))
      const help = helpOf(command)
      for (const { name } of command.options)
        assert.ok(help.includes(`--${name}`), `${command.name} --${name}`)
      assert.ok(
        help.split('\n').every((line) => line.length <= 132),
        command.name,
      )
    }
  })

  it('shows help on standard output with exit code 0', () => {
    assert.equal(succeed(['--help']).trimEnd(), overview(COMMANDS))
    for (const args of [
      ['score', '--help'],
      ['help', 'score'],
    ])
      // prettier-ignore
      assert.equal(succeed(args).trimEnd(), helpOf(COMMANDS[1]!))
    const { version } = JSON.parse(fs.readFileSync(path.join(packageRoot, 'package.json'), 'utf8')) as { version: string } // prettier-ignore
    assert.equal(succeed(['--version']), `${version}\n`)
  })

  it('refuses an option that has no effect on what is asked', () => {
    fs.writeFileSync(file('rows.csv'), `a,b,c\n${normalRows(200, 1).lines.join('\n')}\n`)
    const input = ['--input', file('rows.csv'), '--model', file('stray')]
    for (const [args, words] of [
      [['--bands', '4'], /--bands describes windows: give --window N too/],
      [['--keep-mean'], /--keep-mean describes windows/],
      [
        ['--window', '5', '--features', 'none', '--resolution', '0.1'],
        /--resolution is for the features of windows, and there are none/,
      ],
      [['--resample', '10'], /--resample is for windows of several rows/],
      [['--window', '1', '--hop', '5'], /--hop is for windows of several rows/],
      [['--threshold', '3', '--alpha', '0.1'], /--alpha has no effect with --threshold 3/],
      [['--threshold', '3', '--value', '4'], /--value has no effect with --threshold 3/],
      [['--sd-factor', '4'], /--sd-factor has no effect with --threshold conformal/],
      [['--delta', '0.2'], /--delta has no effect with --threshold conformal/],
      [['--contamination', '0.1'], /--contamination goes with --detector robust-z only/],
      [['--window', '20', '--bands', 'x'], /--bands must be/],
    ] as const) {
      const { code, err } = edgeAnomaly(['fit', ...input, ...args])
      assert.match(err, words)
      assert.equal(code, 1)
    }
    assert.ok(!fs.existsSync(file('stray')))
  })

  it('speaks of options and files where the core speaks of messages', () => {
    fs.writeFileSync(file('still.csv'), `a,b\n${'1,2\n'.repeat(200)}`)
    const still = edgeAnomaly(['fit', '--input', file('still.csv'), '--model', file('stray')])
    assert.match(still.err, /^edge-anomaly: --input: every channel is constant/)
    const budget = edgeAnomaly(['fit', '--input', file('rows.csv'), '--model', file('rare'), '--rate', '1', '--budget', '1/day']) // prettier-ignore
    assert.match(budget.out, /Until then the threshold is an estimate: fit --calibrate on a longer recording/)
    const model = edgeAnomaly(['score', '--model', file('still.csv'), '--input', file('rows.csv')])
    assert.match(model.err, /still\.csv is not a model export/)
  })

  it('sets a threshold anew without options that the model has learned', () => {
    const calibrate = ['fit', '--calibrate', file('rows.csv'), '--model', file('again')]
    succeed(['fit', '--input', file('rows.csv'), '--model', file('again'), '--alpha', '0.05'])
    for (const name of ['window', 'detector', 'features', 'seed']) {
      const { code, err } = edgeAnomaly([...calibrate, `--${name}`, '5'])
      assert.match(err, new RegExp(`--${name} is what the model has learned`))
      assert.equal(code, 1)
    }
    succeed([...calibrate, '--alpha', '0.02', '--hop', '1'])
  })

  it('promises nothing where it calibrates on what it learned from, by whatever name', () => {
    const link = file('same.csv')
    fs.symlinkSync(file('rows.csv'), link)
    const args = ['fit', '--input', file('rows.csv'), '--calibrate', link, '--model', file('in')]
    const text = edgeAnomaly(args)
    assert.match(text.err, /calibrating on windows that were learned from/)
    assert.doesNotMatch(text.out, /at most/)
    const { calibration } = JSON.parse(succeed([...args, '--json'])) as { calibration: { guaranteed: null; n: number } } // prettier-ignore
    assert.deepEqual([calibration.guaranteed, calibration.n], [null, 200])
    const stored = readModel(file('in')).baselines[0]!.calibration as { guaranteed?: null } | undefined
    assert.equal(stored?.guaranteed, null)
  })

  it('exports a model that is a file, and asks for a folder where one is to be written', () => {
    succeed(['export', '--model', file('in'), '--to', 'bundle', '--out', file('in.anomaly')])
    succeed(['export', '--model', file('in.anomaly'), '--to', 'bundle', '--out', file('copy.anomaly')])
    assert.deepEqual(fs.readFileSync(file('copy.anomaly')), fs.readFileSync(file('in.anomaly')))
    const calibrate = edgeAnomaly(['fit', '--calibrate', file('rows.csv'), '--model', file('in.anomaly')])
    assert.match(calibrate.err, /in\.anomaly is a file, but a folder is to be written/)
    const int8 = edgeAnomaly(['export', '--model', file('in'), '--to', 'sensad', '--int8'])
    assert.match(int8.err, /--int8 goes with --to onnx only/)
  })

  it('ends with 2 where the command line is wrong, and says nothing on standard output', () => {
    const wrong = [
      [],
      ['bogus'],
      ['fit', '--bogus'],
      ['fit', '--input', 'a.csv'],
      ['score', '--model'],
      ['score', 'word', '--model', 'm', '--input', 'x'],
      ['import', '--model', file('m')],
    ]
    for (const args of wrong.slice(1)) {
      const { code, out, err } = edgeAnomaly(args)
      assert.equal(code, 2, args.join(' '))
      assert.equal(out, '', args.join(' '))
      assert.match(err, /^edge-anomaly: /)
    }
    assert.equal(edgeAnomaly([]).code, 2)
  })

  it('ends with 1 where the input or a setting is wrong, and names the option or file', () => {
    fs.writeFileSync(file('a.csv'), 'a,b\n1,2\n')
    const model = file('model')
    const wrong: [string[], RegExp][] = [
      [['score', '--model', file('none'), '--input', file('a.csv')], /holds no model/],
      [['fit', '--input', file('missing.csv'), '--model', model], /missing\.csv does not exist/],
      [['fit', '--input', file('a.csv'), '--model', model, '--alpha', '7'], /--alpha must be a share/],
      [
        ['fit', '--input', file('a.csv'), '--model', model, '--budget', '1/aeon'],
        /--budget must be a number/,
      ],
      [['fit', '--input', file('a.csv'), '--model', model, '--hop', '5'], /give --window N too/],
      [['fit', '--input', file('a.csv'), '--model', model, '--features', 'rms'], /give --window N too/],
      [
        ['fit', '--input', file('a.csv'), '--model', model, '--kind', 'lstm'],
        /--kind goes with --detector autoencoder only/,
      ],
      [['fit', '--input', file('a.csv'), '--model', model, '--group', 'id'], /no column id; there are a, b/],
      [
        ['fit', '--input', file('a.csv'), '--model', model, '--detector', 'magic'],
        /must be one of mahalanobis/,
      ],
      [
        ['fit', '--input', file('a.csv'), '--model', model],
        /at least 30 windows \(or rows\), but there are 1/,
      ],
    ]
    for (const [args, words] of wrong) {
      const { code, err } = edgeAnomaly(args)
      assert.match(err, words, args.join(' '))
      assert.equal(code, 1, args.join(' '))
    }
    assert.ok(!fs.existsSync(model), 'nothing was written')
  })

  it('gives errors as JSON with --json', () => {
    const { code, err } = edgeAnomaly(['score', '--json', '--model', file('none'), '--input', '-'])
    assert.equal(code, 1)
    const { error } = JSON.parse(err) as { error: { key: string; field: string; message: string } }
    assert.equal(error.key, 'cli.noModel')
    assert.equal(error.field, file('none'))
  })

  it('draws no progress bar where standard error is no terminal', () => {
    const { err } = edgeAnomaly(['simulate', '--seconds', '2', '--out', file('fan.csv')])
    assert.equal(err, '')
  })
})
