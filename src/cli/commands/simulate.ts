import { ConfigError, InputError } from '../../core/errors'
import { csvCell } from '../../core/record/csv-cell'
import { makeSimulator, SIMULATORS } from '../../core/simulate/registry'
import type { Simulator } from '../../core/simulate/simulator'
import { decimalOf } from '../csv/decimal'
import { LineBuffer } from '../scores/line-buffer'
import type { Arguments } from '../terminal/arguments'
import type { Command } from '../terminal/command'
import { Output } from '../terminal/output'
import type { Terminal } from '../terminal/terminal'
import { Pace } from './pace'

/** Bytes gathered before they are written. */
const GATHERED = 65_536
const DEFAULT_SECONDS = 60

type Order = Readonly<Record<string, string>>

/** Writes rows of a simulated machine: the same with the same seed. */
export const simulate: Command = {
  name: 'simulate',
  summary: 'cli.sumSimulate',
  synopsis: [
    '[--machine NAME] [--seconds S|--rows N|--endless] [--seed N] [--set NAME=VALUE,…]',
    '[--at S:NAME=VALUE;…] [--faults N] [--rate HZ] [--out FILE]',
  ],
  options: [
    { name: 'machine', value: SIMULATORS.map(({ name }) => name).join('|'), help: 'cli.optMachine' },
    { name: 'seconds', value: 'S', help: 'cli.optSeconds' },
    { name: 'rows', value: 'N', help: 'cli.optRows' },
    { name: 'endless', help: 'cli.optEndless' },
    { name: 'seed', value: 'N', help: 'cli.optSeed' },
    { name: 'set', value: 'NAME=VALUE,…', help: 'cli.optSet' },
    { name: 'at', value: 'S:NAME=VALUE;…', help: 'cli.optAt' },
    { name: 'faults', value: 'N', help: 'cli.optFaults' },
    { name: 'out', value: 'FILE', help: 'cli.optSimulateOut' },
    { name: 'rate', value: 'HZ', help: 'cli.optSimulateRate' },
    { name: 'no-header', help: 'cli.optNoHeader' },
    { name: 'no-label', help: 'cli.optNoLabel' },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<void> {
  const name =
    args.choice(
      'machine',
      SIMULATORS.map((spec) => spec.name),
    ) ?? SIMULATORS[0]!.name
  const spec = SIMULATORS.find((one) => one.name === name)!
  const settable = spec.settings.flatMap((setting) => (setting.kind === 'channels' ? [] : [setting.name]))
  const make = (): Simulator =>
    makeSimulator(spec, {
      ...readOrder('--set', args.text('set') ?? '', settable),
      ...(args.text('seed') === undefined ? {} : { seed: args.text('seed') }),
      ...(args.text('faults') === undefined ? {} : { faultsPerHour: args.text('faults') }),
    })
  const machine = make()
  const rows = readRows(args, machine.rate)
  const orders = readOrders(args.text('at'), machine.rate, rows, spec.orders)
  // What cannot be ordered is told before the first row.
  const trial = make()
  for (const order of [...orders.values()].flat()) giveOrder(trial, order)
  const rate = args.number('rate', { min: 0, max: 1e6 }) ?? 0
  const isLive = rows === Infinity
  await Output.using(args.text('out') ?? '-', { isLive }, async (out) => {
    const lines = new RowLines(machine, terminal.json, !args.flag('no-label'))
    const pace = new Pace(rate)
    if (!args.flag('no-header') && !terminal.json) lines.header()
    for (let row = 0; row < rows; row++) {
      for (const order of orders.get(row) ?? []) giveOrder(machine, order)
      const due = pace.next()
      if (due !== undefined) await due
      lines.row(row)
      if (rate > 0 || lines.text.length > GATHERED) {
        await out.write(lines.text.content)
        lines.text.clear()
        if (!out.isStandard && !isLive) terminal.progress.show((row + 1) / rows)
      }
    }
    await out.write(lines.text.content)
  })
  terminal.progress.done()
}

/** How many rows are asked for; Infinity without an end. */
function readRows(args: Arguments, rate: number): number {
  const given = ['rows', 'seconds', 'endless'].filter(
    (name) => args.flag(name) || args.text(name) !== undefined,
  )
  if (given.length > 1)
    throw new ConfigError('cli.notBoth', { field: `--${given[0]!}`, other: `--${given[1]!}` })
  if (args.flag('endless')) return Infinity
  return (
    args.whole('rows', { min: 1, max: 1e12 }) ??
    Math.round((args.number('seconds', { min: 0, max: 1e9 }) ?? DEFAULT_SECONDS) * rate)
  )
}

/** Tells a machine what to do; what is wrong with the order is wrong with `--at`. */
function giveOrder(machine: Simulator, order: Order): void {
  try {
    machine.order(order)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const [, , setting] = String(error.params.field).split('.')
    throw new ConfigError(error.key, {
      ...error.params,
      field: setting === undefined ? '--at' : `--at ${setting}`,
    })
  }
}

class RowLines {
  readonly text = new LineBuffer()

  constructor(
    private readonly machine: Simulator,
    private readonly json: boolean,
    private readonly isLabelled: boolean,
  ) {}

  header(): void {
    const names = ['time', ...this.machine.channels, ...(this.isLabelled ? ['label'] : [])]
    this.text.text(`${names.map(csvCell).join(',')}\n`)
  }

  /** A row that the sensor does not send leaves a gap in the times; a channel without a value is an empty cell. */
  row(row: number): void {
    const { machine, text, isLabelled } = this
    const data = machine.next(1)
    if (data === undefined) return
    const { channels, label, rate } = machine
    const time = Number((row / rate).toFixed(6))
    const values = Array.from(data, floatText)
    if (this.json) {
      const named = Object.fromEntries(
        channels.map((name, i) => [name, values[i] === '' ? null : Number(values[i])]),
      )
      text.text(`${JSON.stringify({ time, ...named, ...(isLabelled ? { label } : {}) })}\n`)
      return
    }
    text.text(`${time},${values.join(',')}${isLabelled ? `,${csvCell(label)}` : ''}\n`)
  }
}

/** The shortest decimal that stands for a 32-bit float; nothing where there is no value. */
function floatText(value: number): string {
  if (Object.is(value, -0)) return '-0'
  if (Number.isNaN(value)) return ''
  for (const digits of [6, 7, 8]) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return String(short)
  }
  return String(Number(value.toPrecision(9)))
}

/** Orders by the row before which they are given. */
function readOrders(
  text: string | undefined,
  rate: number,
  rows: number,
  known: readonly string[],
): ReadonlyMap<number, readonly Order[]> {
  const orders = new Map<number, Order[]>()
  for (const part of (text ?? '').split(';').filter((piece) => piece.trim() !== '')) {
    const colon = part.indexOf(':')
    const seconds = decimalOf(part.slice(0, Math.max(0, colon)).trim())
    if (!(seconds >= 0)) throw new ConfigError('cli.badOrder', { field: '--at', got: part.trim() })
    const row = Math.round(seconds * rate)
    if (row >= rows)
      throw new ConfigError('cli.orderTooLate', { field: '--at', got: part.trim(), seconds: rows / rate })
    orders.set(row, [...(orders.get(row) ?? []), readOrder('--at', part.slice(colon + 1), known)])
  }
  return orders
}

function readOrder(field: string, text: string, known: readonly string[]): Order {
  return Object.fromEntries(
    text
      .split(',')
      .filter((pair) => pair.trim() !== '')
      .map((pair) => {
        const at = pair.indexOf('=')
        if (at < 1) throw new ConfigError('cli.badOrder', { field, got: pair.trim() })
        const name = pair.slice(0, at).trim()
        if (!known.includes(name))
          throw new ConfigError('cli.unknownSetting', { field, got: name, choices: known.join(', ') })
        return [name, pair.slice(at + 1).trim()]
      }),
  )
}
