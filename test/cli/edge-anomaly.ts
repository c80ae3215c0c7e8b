import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { packageRoot } from '../node-red'

/** What a run of the terminal gave. */
export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const SOURCE = path.join(packageRoot, 'src')
const BUILT = path.join(packageRoot, 'dist', 'src', 'cli', 'main.js')

/** When anything below a folder last changed, ms. */
function changedAt(folder: string): number {
  const files = fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
  return Math.max(...files.map(({ parentPath, name }) => fs.statSync(path.join(parentPath, name)).mtimeMs))
}

/** What follows `node` to run the terminal: the built file where it is not older than its source, else the source. */
export const BINARY: readonly string[] =
  fs.existsSync(BUILT) && fs.statSync(BUILT).mtimeMs > changedAt(SOURCE)
    ? [BUILT]
    : ['--require', require.resolve('tsx/cjs'), path.join(SOURCE, 'cli', 'main.ts')]

/** Runs `edge-anomaly` in a process of its own. */
export function edgeAnomaly(args: readonly string[], input: string | Buffer = ''): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...BINARY, ...args], {
    input,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  })
  return { code: status, out: stdout, err: stderr }
}

/** The same where it has to go well: its standard output. */
export function succeed(args: readonly string[], input: string | Buffer = ''): string {
  const { code, out, err } = edgeAnomaly(args, input)
  if (code !== 0) throw new Error(`edge-anomaly ${args.join(' ')} ended with ${code}: ${err}`)
  return out
}

/** Records of a CSV text without quotes, by the names of its header. */
export function records(text: string): readonly Readonly<Record<string, string>>[] {
  const [header = '', ...lines] = text.trimEnd().split('\n')
  const names = header.split(',')
  return lines.map((line) => {
    const fields = line.split(',')
    return Object.fromEntries(names.map((name, i) => [name, fields[i] ?? '']))
  })
}

/** A folder for the files of one suite, removed at its end. */
export function scratch(): (name: string) => string {
  let folder = ''
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'anomaly-cli-'))
  })
  after(() => fs.rmSync(folder, { recursive: true, force: true }))
  return (name) => path.join(folder, name)
}

/** A file of `../shared/reference`, or undefined where that is absent. */
export function referenceFile(name: string): string | undefined {
  const shared = process.env['ANOMALY_SHARED'] ?? path.resolve(packageRoot, '..', 'shared')
  const file = path.join(shared, 'reference', name)
  return fs.existsSync(file) ? file : undefined
}
