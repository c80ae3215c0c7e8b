import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promiseKept } from '../../src/core/evaluation/confusion'
import { rank } from '../../src/core/evaluation/ranking'
import { packageRoot } from '../../test/node-red'
import type { Figure } from '../figure'

const BINARY = path.join(packageRoot, 'dist', 'src', 'cli', 'main.js')
const MOST_BYTES = 256 * 1024 * 1024

/** One line of a file of scores. */
export interface ScoredLine {
  readonly end: string
  readonly score: number
  readonly isFlagged: boolean
  readonly threshold: number
}

/** What `fit --json` said. */
export interface Fitted {
  readonly calibration: { readonly n: number; readonly threshold: number }
}

/** The built `edge-anomaly` and a folder for its files, which is removed at the end. */
export class Terminal {
  private readonly folder = mkdtempSync(path.join(os.tmpdir(), 'anomaly-systems-'))

  place(name: string): string {
    return path.join(this.folder, name)
  }

  write(name: string, text: string): string {
    writeFileSync(this.place(name), text)
    return this.place(name)
  }

  /** What a command wrote to standard output. @throws Error where it fails */
  run(...args: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync(process.execPath, [BINARY, ...args], {
      encoding: 'utf8',
      maxBuffer: MOST_BYTES,
    })
    if (status !== 0) throw new Error(`edge-anomaly ${args.join(' ')} ended with ${status}: ${stderr}`)
    return stdout
  }

  /** Learns a model from files, with the latest ones for the threshold where they are given. */
  fit(
    model: string,
    files: { train: readonly string[]; calib?: readonly string[] },
    ...options: string[]
  ): Fitted {
    const calibrate = files.calib === undefined ? [] : ['--calibrate', files.calib.join(',')]
    const input = ['--input', files.train.join(','), ...calibrate]
    rmSync(this.place(model), { recursive: true, force: true })
    return JSON.parse(this.run('fit', '--json', ...input, '--model', this.place(model), ...options)) as Fitted
  }

  /** The lines that have a score. */
  score(model: string, files: readonly string[], ...options: string[]): readonly ScoredLine[] {
    const out = this.place('scores.csv')
    this.run('score', '--model', this.place(model), '--input', files.join(','), '--out', out, ...options)
    const [header = '', ...lines] = readFileSync(out, 'utf8').trimEnd().split('\n')
    const names = header.split(',')
    const [end, score, flag, threshold] = ['end', 'score', 'is_anomaly', 'threshold'].map((name) =>
      names.indexOf(name),
    ) as [number, number, number, number]
    return lines.flatMap((line) => {
      const cells = line.split(',')
      if (cells[score] === '') return []
      return [
        {
          end: cells[end]!,
          score: Number(cells[score]),
          isFlagged: cells[flag] === '1',
          threshold: Number(cells[threshold]),
        },
      ]
    })
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export const shareFlagged = (lines: readonly ScoredLine[]): number =>
  lines.filter(({ isFlagged }) => isFlagged).length / lines.length

export const rocAuc = (normal: readonly ScoredLine[], anomalous: readonly ScoredLine[]): number =>
  rank(
    normal.map(({ score }) => score),
    anomalous.map(({ score }) => score),
  ).rocAuc

/** False-alarm rate on normal windows, and how likely as many are if what was asked for holds. */
export function falseAlarms(
  name: string,
  normal: readonly ScoredLine[],
  { calibration }: Fitted,
  alpha: number,
  target?: string,
): readonly Figure[] {
  const flagged = normal.filter(({ isFlagged }) => isFlagged).length
  return [
    {
      name: `${name}: FAR (asked ${alpha})`,
      value: flagged / normal.length,
      ...(target === undefined ? {} : { target }),
    },
    {
      name: `${name}: far_p`,
      value: promiseKept(flagged, normal.length, alpha, calibration.n),
      target: '>=0.01',
    },
  ]
}
