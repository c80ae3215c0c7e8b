import assert from 'node:assert/strict'
import fs from 'node:fs'
import { scratch, succeed } from './edge-anomaly'
import { fanRows, normalRows } from './recordings'

interface Separation {
  readonly normal: number
  readonly against: number
  readonly features: readonly {
    readonly feature: string
    readonly rocAuc: number
    readonly separation: number
  }[]
}

describe('features', () => {
  const file = scratch()
  const write = (name: string, header: string, lines: readonly string[]): string => {
    fs.writeFileSync(file(name), `${header}\n${lines.join('\n')}\n`)
    return file(name)
  }
  const compare = (normal: string, against: string, ...more: string[]): Separation =>
    JSON.parse(
      succeed(['features', '--json', '--normal', normal, '--against', against, ...more]),
    ) as Separation

  it('gives the ROC-AUC of each channel where rows are compared', () => {
    const normal = normalRows(500, 1)
    const against = normalRows(300, 2, 1.5)
    const { features, ...counts } = compare(
      write('a.csv', 'a,b,c', normal.lines),
      write('b.csv', 'a,b,c', against.lines),
    )
    assert.deepEqual(counts, { normal: 500, against: 300 })
    for (const { feature, rocAuc, separation } of features) {
      const c = ['a', 'b', 'c'].indexOf(feature)
      let above = 0
      for (const x of normal.values) for (const y of against.values) above += y[c]! > x[c]! ? 1 : 0
      assert.ok(Math.abs(rocAuc - above / (500 * 300)) < 1e-12, feature)
      assert.equal(separation, Math.max(rocAuc, 1 - rocAuc))
    }
    assert.equal(features[0]!.feature, 'a')
    assert.ok(features[0]!.rocAuc > 0.8)
  })

  it('names the features of windows that tell an unbalanced fan from a balanced one', () => {
    const healthy = write('healthy.csv', 'ax,ay,az', fanRows(200 * 40, { seed: 1 }))
    const taped = write('taped.csv', 'ax,ay,az', fanRows(200 * 20, { seed: 2, coin: true }))
    const { features } = compare(healthy, taped, '--window', '200', '--rate', '200', '--hop', '200')
    const of = (name: string): number => features.find(({ feature }) => feature === name)!.separation
    assert.ok(of('ax.log_rms') > 0.95)
    assert.ok(features.every((one, i) => i === 0 || one.separation <= features[i - 1]!.separation))
    const names = features.map(({ feature }) => feature)
    for (const column of ['ax.mean', 'ay.median', 'az.lag1']) assert.ok(!names.includes(column), column)
    const asked = compare(
      healthy,
      taped,
      '--window',
      '200',
      '--rate',
      '200',
      '--features',
      'mean,rms',
      '--top',
      '4',
    )
    assert.equal(asked.features.length, 4)
  })

  it('takes columns by name from both files', () => {
    const { lines } = normalRows(100, 3)
    const turned = lines.map((line) => line.split(',').reverse().join(','))
    const { features } = compare(write('c.csv', 'a,b,c', lines), write('d.csv', 'c,b,a', turned))
    assert.ok(features.every(({ rocAuc }) => rocAuc === 0.5))
  })
})
