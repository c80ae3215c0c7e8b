import { execFileSync } from 'node:child_process'

/** True where a program is on the PATH (or in /usr/sbin, where Debian keeps its daemons). */
export function hasTool(name: string): boolean {
  try {
    execFileSync('sh', ['-c', `PATH=$PATH:/usr/sbin command -v ${name}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Skips the test that calls it, with the tool's name, where the tool is missing. Call it from a `function () {}`. */
export function needsTool(context: Mocha.Context, name: string): void {
  if (hasTool(name)) return
  const test = context.test ?? context.currentTest
  if (test !== undefined) test.title += ` [skipped: ${name} is not installed]`
  context.skip()
}
