import fs from 'node:fs'
import path from 'node:path'
import { ConfigError, InputError } from '../../core/errors'
import { format } from '../../core/messages'
import { readBytes } from '../../model/atomic-file'
import { toOnnx } from '../../model/export/onnx'
import { toSensad } from '../../model/export/to-sensad'
import { kindOf } from '../../model/part'
import { MAX_EXPORT, openFolder, readModel, type Baseline } from '../model/stored-model'
import type { Arguments } from '../terminal/arguments'
import type { Command } from '../terminal/command'
import { Output } from '../terminal/output'
import type { Terminal } from '../terminal/terminal'

const TARGETS = ['bundle', 'onnx', 'sensad'] as const

/** Writes a model as one file. */
export const exporting: Command = {
  name: 'export',
  summary: 'cli.sumExport',
  synopsis: [`--model DIR --to ${TARGETS.join('|')} [--out FILE]`],
  options: [
    { name: 'model', value: 'DIR', help: 'cli.optModel' },
    { name: 'to', value: TARGETS.join('|'), help: 'cli.optTo' },
    { name: 'out', value: 'FILE', help: 'cli.optExportOut' },
    { name: 'topic', value: 'NAME', help: 'cli.optTopic' },
    { name: 'context', value: 'NAME', help: 'cli.optExportContext' },
    { name: 'int8', help: 'cli.optInt8' },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<void> {
  const place = args.required('model')
  args.required('to')
  const to = args.choice('to', TARGETS)!
  const name = path.parse(path.resolve(place)).name
  refuseWithout(args, to)
  const written: string[] = []
  const write = async (file: string, content: Uint8Array): Promise<void> => {
    await Output.using(file, { inputs: [place] }, async (output) => output.write(content))
    written.push(file)
  }
  if (to === 'bundle') {
    readModel(place, args.text('topic'))
    const isFolder = fs.statSync(place).isDirectory()
    const bytes = isFolder ? await openFolder(place).exportBundle() : readBytes(place, MAX_EXPORT)
    await write(args.text('out') ?? `${name}.anomaly`, bytes)
  } else if (to === 'onnx') {
    const baseline = chosen(args, place)
    const bytes = toOnnx(baseline, place, { int8: args.flag('int8') })
    if (bytes === undefined) {
      const detector = baseline.parts.find(({ role }) => role === 'detector')
      const kind = detector === undefined ? 'none' : kindOf(detector)
      throw new InputError('cli.notForOnnx', { field: place, kind })
    }
    await write(args.text('out') ?? `${name}.onnx`, bytes)
  } else {
    const { baseline, meta } = toSensad(chosen(args, place), place)
    const out = args.text('out') ?? 'baseline.json'
    // A folder gets both files, as sensad's runs have them.
    const isFolder = out.endsWith('/') || (fs.existsSync(out) && fs.statSync(out).isDirectory())
    if (isFolder) {
      fs.mkdirSync(out, { recursive: true })
      await write(path.join(out, 'baseline.json'), Buffer.from(baseline))
      await write(path.join(out, 'meta.json'), Buffer.from(meta))
    } else await write(out, Buffer.from(baseline))
  }
  if (!written.includes('-'))
    terminal.result({ written }, () => written.map((file) => format('cli.exported', { file })))
}

/** @throws ConfigError where an option has no effect on what is written */
function refuseWithout(args: Arguments, to: (typeof TARGETS)[number]): void {
  if (args.flag('int8') && to !== 'onnx')
    throw new ConfigError('cli.strayOption', { field: '--int8', owner: '--to onnx' })
  if (args.text('context') !== undefined && to === 'bundle')
    throw new ConfigError('cli.noEffect', { field: '--context', other: '--to bundle' })
}

function chosen(args: Arguments, place: string): Baseline {
  const { baselines } = readModel(place, args.text('topic'))
  const context = args.text('context')
  if (context === undefined && baselines.length === 1) return baselines[0]!
  const found = baselines.find((baseline) => baseline.context === context)
  if (found !== undefined) return found
  const choices = baselines.map((baseline) => baseline.context ?? '-').join(', ')
  throw new ConfigError('settings.notOneOf', { field: '--context', choices, got: context ?? 'nothing' })
}
