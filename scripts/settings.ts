/** Writes docs/settings.md from the built nodes: `npm run build && node --require tsx/cjs scripts/settings.ts`. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { settingsTable } from '../test/contracts/settings-table'

writeFileSync(path.resolve(__dirname, '../docs/settings.md'), settingsTable())
