import fs from 'node:fs'
import path from 'node:path'

/** The files in which Linux tells of itself, below a root that tests can choose. What cannot be read is not there. */
export class SystemFiles {
  constructor(readonly root = '/') {}

  async text(file: string): Promise<string | undefined> {
    try {
      return await fs.promises.readFile(path.join(this.root, file), 'utf8')
    } catch {
      return undefined
    }
  }

  /** A file that holds one number; undefined where it does not. */
  async number(file: string): Promise<number | undefined> {
    const text = (await this.text(file))?.trim()
    const value = text === undefined || text === '' ? NaN : Number(text)
    return Number.isFinite(value) ? value : undefined
  }

  /** Names in a folder, sorted as people count: cpu2 before cpu10. */
  async list(folder: string): Promise<readonly string[]> {
    try {
      const names = await fs.promises.readdir(path.join(this.root, folder))
      return names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    } catch {
      return []
    }
  }

  async has(file: string): Promise<boolean> {
    return fs.promises.access(path.join(this.root, file)).then(
      () => true,
      () => false,
    )
  }
}
