import assert from 'node:assert/strict'
import fs from 'node:fs'
import { records, scratch, succeed } from './edge-anomaly'
import { fanRows, normalRows } from './recordings'

interface Separation {
  readonly normal: number
  readonly against: number
  readonly features: readonly {
    readonly feature: string
    readonly rocAuc: number
    readonly separation: number
  }[]
  readonly chosen?: { readonly features: readonly string[]; readonly rocAuc: number }
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

  it('chooses a list that separates recordings which were not chosen on', () => {
    const options = ['--window', '200', '--rate', '200', '--hop', '200']
    const normal = write('normal.csv', 'ax,ay,az', fanRows(200 * 120, { seed: 3 }))
    const taped = write('coin.csv', 'ax,ay,az', fanRows(200 * 20, { seed: 4, coin: true }))
    const { chosen } = compare(normal, taped, ...options)
    assert.ok(chosen!.rocAuc > 0.99)
    // A coin shows in the level; nothing is left that a further feature could add.
    assert.equal(chosen!.features.length, 1)

    const list = chosen!.features.join(',')
    succeed([
      'fit',
      '--input',
      normal,
      '--model',
      file('m'),
      '--features',
      list,
      '--alpha',
      '0.05',
      ...options,
    ])
    const alarms = (seed: number, coin: boolean): number => {
      const rows = write('later.csv', 'ax,ay,az', fanRows(200 * 40, { seed, coin }))
      const scored = records(succeed(['score', '--model', file('m'), '--input', rows]))
      return scored.filter(({ is_anomaly }) => is_anomaly === '1').length / scored.length
    }
    assert.ok(alarms(5, true) > 0.95)
    assert.ok(alarms(6, false) < 0.2)

    const alike = compare(normal, write('alike.csv', 'ax,ay,az', fanRows(200 * 20, { seed: 7 })), ...options)
    assert.ok(alike.chosen!.rocAuc < 0.9, String(alike.chosen!.rocAuc))
    assert.equal(compare(taped, normal, '--top', '1').chosen, undefined, 'rows have no features')
  })

  it('says the list in a line that fit takes', () => {
    const normal = write(
      'n.csv',
      'ax',
      fanRows(200 * 100, { seed: 3 }).map((line) => line.split(',')[0]!),
    )
    const taped = write(
      't.csv',
      'ax',
      fanRows(200 * 20, { seed: 4, coin: true }).map((line) => line.split(',')[0]!),
    )
    const said = succeed([
      'features',
      '--normal',
      normal,
      '--against',
      taped,
      '--window',
      '200',
      '--rate',
      '200',
    ])
    assert.match(said, /^fit --features [a-z_,]+: together they separate best/m)
  })

  it('takes columns by name from both files', () => {
    const { lines } = normalRows(100, 3)
    const turned = lines.map((line) => line.split(',').reverse().join(','))
    const { features } = compare(write('c.csv', 'a,b,c', lines), write('d.csv', 'c,b,a', turned))
    assert.ok(features.every(({ rocAuc }) => rocAuc === 0.5))
  })
})
