import assert from 'node:assert/strict'
import fs from 'node:fs'
import { COMMANDS } from '../../src/cli/commands/registry'
import { helpOf, overview } from '../../src/cli/terminal/help'
import { edgeAnomaly, scratch, succeed } from './edge-anomaly'

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
    assert.equal(succeed(['score', '--help']).trimEnd(), helpOf(COMMANDS[1]!))
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
        /belongs to --detector autoencoder/,
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
