import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { COMMANDS } from '../../src/cli/commands/registry'
import { packageRoot } from '../node-red'

const readme = readFileSync(path.join(packageRoot, 'README.md'), 'utf8')
const section = /^## Moving over$([\s\S]*?)^## /m.exec(readme)?.[1] ?? ''
const rows = section
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
const matches = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map((match) => match[1]!)

describe('the table of systems in the README', () => {
  it('has one row for each system, with its result', () => {
    assert.deepEqual(
      rows.map(([system]) => system!.slice(0, 2)),
      ['0:', '1:', '2:', '3:', '4:'],
    )
    for (const row of rows) {
      assert.equal(row.length, 4)
      assert.match(row[3]!, /\d/)
    }
  })

  for (const [system = '', nodes = '', ways = ''] of rows) {
    it(`names nodes, example flows and commands that exist: ${system}`, () => {
      const named = matches(nodes, /`([^`]+)`/g)
      assert.ok(named.length > 0)
      for (const name of named)
        assert.ok(existsSync(path.join(packageRoot, 'nodes', name, `${name}.ts`)), name)

      const examples = matches(ways, /\*([^*]+)\*/g)
      assert.ok(examples.length > 0)
      for (const example of examples) {
        const file = path.join(packageRoot, 'examples', ...example.split(' → ')) + '.json'
        assert.ok(existsSync(file), file)
        const used = (JSON.parse(readFileSync(file, 'utf8')) as readonly { type: string }[]).map(({ type }) =>
          type.replace(/^anomaly-/, ''),
        )
        assert.ok(
          named.some((name) => used.includes(name)),
          `${example} has none of ${named.join(', ')}`,
        )
      }

      const commands = matches(ways, /`edge-anomaly ([^`]+)`/g)
      assert.ok(commands.length > 0)
      for (const command of commands) {
        const [name = '', ...words] = command.split(' ')
        const known = COMMANDS.find((one) => one.name === name)
        assert.ok(known !== undefined, command)
        for (const word of words.filter((each) => each.startsWith('--')))
          assert.ok(
            known.options.some((option) => `--${option.name}` === word),
            `${command}: ${word}`,
          )
      }
    })
  }
})
