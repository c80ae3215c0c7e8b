import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { packageRoot } from '../node-red'

export interface NodeType {
  /** Folder below nodes/. */
  readonly name: string
  /** As flows name it. */
  readonly type: string
  readonly isConfig: boolean
}

/** The nodes of the package, found by their folders. */
export const nodeTypes: readonly NodeType[] = readdirSync(path.join(packageRoot, 'nodes'))
  .filter((name) => existsSync(path.join(packageRoot, 'nodes', name, `${name}.ts`)))
  .sort()
  .map((name) => {
    const editor = readFileSync(path.join(packageRoot, 'nodes', name, `${name}.editor.ts`), 'utf8')
    return { name, type: `anomaly-${name}`, isConfig: editor.includes("category: 'config'") }
  })
