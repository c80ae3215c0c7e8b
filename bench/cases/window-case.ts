import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** Where the public data sets lie; env `ANOMALY_SHARED`, else a folder `shared` beside the project. They are not part of it. */
export const sharedFolder =
  process.env['ANOMALY_SHARED'] ?? path.resolve(__dirname, '..', '..', '..', 'shared')
export const hasShared = existsSync(path.join(sharedFolder, 'data'))

export interface WindowTask {
  readonly name: string
  readonly alpha: number
  readonly train: readonly string[]
  readonly calib: readonly string[]
  readonly test_normal: readonly string[]
  readonly test_anomaly: Readonly<Record<string, readonly string[]>>
}

interface SetEntry {
  readonly file: string
  readonly scale: number
  readonly shape: readonly [number, number, number]
}

interface CaseManifest {
  readonly channels: readonly string[]
  readonly units: string
  readonly sample_rate_hz: number
  readonly window: number
  readonly sets: Readonly<Record<string, SetEntry>>
  readonly tasks: readonly WindowTask[]
}

/** A prepared data set of windows: raw int16 arrays [window, time, channel] with a manifest. */
export class WindowCase {
  readonly manifest: CaseManifest

  constructor(readonly folder: string) {
    this.manifest = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')) as CaseManifest
  }

  static open(name: string): WindowCase {
    return new WindowCase(path.join(sharedFolder, 'data', name))
  }

  /** The windows of a set as rows × channels values, row-major. */
  windows(set: string): readonly Float32Array[] {
    const entry = this.manifest.sets[set]!
    const bytes = readFileSync(path.join(this.folder, entry.file))
    const raw = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2)
    const [count, rows, channels] = entry.shape
    const size = rows * channels
    return Array.from({ length: count }, (_, w) =>
      Float32Array.from(raw.subarray(w * size, (w + 1) * size), (value) => value * entry.scale),
    )
  }

  windowsOf(sets: readonly string[]): readonly Float32Array[] {
    return sets.flatMap((set) => [...this.windows(set)])
  }
}
