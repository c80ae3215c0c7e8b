import { execFileSync } from 'node:child_process'

/** Where a program is on the PATH (or in /usr/sbin, where Debian keeps its daemons); undefined where it is not. */
export function pathOfTool(name: string): string | undefined {
  try {
    const found = execFileSync('sh', ['-c', `PATH=$PATH:/usr/sbin command -v ${name}`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return found.trim()
  } catch {
    return undefined
  }
}

/** True where a program is there. */
export function hasTool(name: string): boolean {
  return pathOfTool(name) !== undefined
}

/** Skips the test that calls it, or all tests of a `before` hook that does, with the tool's name. Call it from a `function () {}`. */
export function needsTool(context: Mocha.Context, name: string): void {
  needs(context, name, hasTool(name))
}

/** As `needsTool`, of anything that may not be there. */
export function needs(context: Mocha.Context, name: string, isThere: boolean): void {
  if (isThere) return
  const mark = (test: { title: string }): void => {
    test.title += ` [skipped: ${name} is not installed]`
  }
  const test = context.test ?? context.currentTest
  if (test !== undefined && 'type' in test && test.type === 'hook') test.parent?.eachTest(mark)
  else if (test !== undefined) mark(test)
  context.skip()
}
