import assert from 'node:assert/strict'
import { Progress } from '../../src/cli/terminal/progress'

describe('the progress bar', () => {
  it('is drawn on a terminal, at most ten times a second, until rows go there too', () => {
    const written: string[] = []
    const stream = { isTTY: true, write: (text: string) => written.push(text) > 0 }
    let now = 1000
    const progress = new Progress(stream as unknown as NodeJS.WriteStream, () => now)
    progress.show(0.5, 'half')
    progress.show(0.6)
    assert.equal(written.length, 1)
    assert.match(written[0]!, /█{15}░{15} {2}50 % half$/)
    progress.off()
    assert.equal(written.length, 2)
    now += 1000
    progress.show(1)
    assert.equal(written.length, 2)
  })
})
