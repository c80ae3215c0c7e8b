import type { NodeAPI } from 'node-red'
import { defaultEngines } from '../model/engines/choose'
import type { Engine } from '../model/engines/engine'
import { dataRootOf } from './data-root'
import { PerRuntime } from './per-runtime'

/** Made once, since an engine remembers what it has loaded and tried. */
const engines = new PerRuntime((red) =>
  defaultEngines({ root: dataRootOf(red), packages: packageFolders(red) }),
)

/** Where optional packages may be, beside our own: where the user installs nodes. */
export function packageFolders({ settings: { userDir } }: Pick<NodeAPI, 'settings'>): readonly string[] {
  return typeof userDir === 'string' ? [userDir] : []
}

/** The engines of this runtime. */
export function enginesOf(red: NodeAPI): readonly Engine[] {
  return engines.of(red)
}
