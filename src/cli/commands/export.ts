import fs from 'node:fs'
import path from 'node:path'
import { ConfigError } from '../../core/errors'
import { format } from '../../core/messages'
import { toSensad } from '../../model/export/to-sensad'
import { openFolder, readModel, type Baseline } from '../model/stored-model'
import { toOnnx } from '../model/to-onnx'
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
  const written: string[] = []
  const write = async (file: string, content: Uint8Array): Promise<void> => {
    const output = Output.open(file)
    await output.write(content)
    output.close()
    written.push(file)
  }
  if (to === 'bundle') {
    readModel(place, args.text('topic'))
    await write(args.text('out') ?? `${name}.anomaly`, await openFolder(place).exportBundle())
  } else if (to === 'onnx') {
    const baseline = chosen(args, place)
    await write(args.text('out') ?? `${name}.onnx`, toOnnx(baseline, place, { int8: args.flag('int8') }))
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

function chosen(args: Arguments, place: string): Baseline {
  const { baselines } = readModel(place, args.text('topic'))
  const context = args.text('context')
  if (context === undefined && baselines.length === 1) return baselines[0]!
  const found = baselines.find((baseline) => baseline.context === context)
  if (found !== undefined) return found
  const choices = baselines.map((baseline) => baseline.context ?? '-').join(', ')
  throw new ConfigError('settings.notOneOf', { field: '--context', choices, got: context ?? 'nothing' })
}
