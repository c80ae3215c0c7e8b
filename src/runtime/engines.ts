import type { NodeAPI } from 'node-red'
import { defaultEngines } from '../model/engines/choose'
import type { Engine } from '../model/engines/engine'
import { dataRootOf } from './data-root'

const engines = new WeakMap<object, readonly Engine[]>()

/** The engines of this runtime: made once, since an engine remembers what it has loaded and tried. */
export function enginesOf(red: NodeAPI): readonly Engine[] {
  let list = engines.get(red.events)
  if (list === undefined) {
    const userDir: unknown = red.settings.userDir
    list = defaultEngines({ root: dataRootOf(red), packages: typeof userDir === 'string' ? [userDir] : [] })
    engines.set(red.events, list)
  }
  return list
}
