/**
 * Builds dist/: runtime code transpiled one file to one file, editor code bundled into one script per node, and
 * beside each node what Node-RED looks for there: html, locales, icons. `node scripts/build.mjs`
 *
 * There are no source maps: the transpiled files keep names, comments and structure, and the tarball stays small.
 * dist/ is made anew in .cache/ and swapped in at the end, so a running Node-RED never sees half a build.
 */
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './paths.mjs'

async function filesBelow(folder) {
  const entries = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort()
}

async function write(file, text) {
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, text)
}

async function copy(from, to) {
  if (!existsSync(from)) return
  await mkdir(path.dirname(to), { recursive: true })
  await cp(from, to, { recursive: true })
}

/** The folders below nodes/ that hold a node: `<name>/<name>.ts`. */
async function nodeNames() {
  const entries = await readdir(path.join(root, 'nodes'), { withFileTypes: true })
  return entries
    .filter(
      (entry) => entry.isDirectory() && existsSync(path.join(root, 'nodes', entry.name, `${entry.name}.ts`)),
    )
    .map((entry) => entry.name)
    .sort()
}

/** Not for the runtime: types alone, code of the editor, and the kernels, which another compiler takes. */
const OTHER_CODE = /\.d\.ts$|\.editor(-part)?\.ts$|^nodes\/editor\/|^src\/train\/kernels\/assembly\//

/**
 * TypeScript's own output: exports are plain properties. (esbuild makes each a getter of a getter, so that every call from file to
 * file pays for two; that cost a tenth of the time of a chain.)
 */
async function transpile(dist) {
  const { default: ts } = await import('typescript')
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root)
  const files = [...(await filesBelow('src')), ...(await filesBelow('nodes'))].map((file) =>
    file.replaceAll(path.sep, '/'),
  )
  const code = files.filter((file) => file.endsWith('.ts') && !OTHER_CODE.test(file))
  // One program that looks at nothing but syntax takes half the time of a call for each file; types are for the linter.
  const program = ts.createProgram(
    code.map((file) => path.join(root, file)),
    {
      ...options,
      ...{ noEmit: false, noCheck: true, noResolve: true, noLib: true, types: [] },
      outDir: dist,
      rootDir: root,
    },
  )
  program.emit()
  const data = files.filter((file) => file.startsWith('src/') && file.endsWith('.json'))
  await Promise.all(data.map((file) => copy(path.join(root, file), path.join(dist, file))))
}

/** Puts the rows that several dialogs share in place of `<!-- include FILE -->`; FILE lies in nodes/editor. */
async function withIncludes(html) {
  const parts = html.split(/^ *<!-- include (\S+) -->\n/m)
  const filled = parts.map(async (part, i) =>
    i % 2 === 0 ? part : withIncludes(await readFile(path.join(root, 'nodes', 'editor', part), 'utf8')),
  )
  return (await Promise.all(filled)).join('')
}

/** `<script>` with the bundled editor code, then the dialog's template: one html per node. */
async function buildEditorPart(esbuild, dist, name) {
  const source = path.join(root, 'nodes', name)
  const target = path.join(dist, 'nodes', name)
  const bundle = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [path.join(source, `${name}.editor.ts`)],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2020',
    charset: 'utf8',
    legalComments: 'inline',
    logLevel: 'warning',
  })
  const dialog = await withIncludes(await readFile(path.join(source, `${name}.html`), 'utf8'))
  await write(
    path.join(target, `${name}.html`),
    `<script type="text/javascript">\n${bundle.outputFiles[0].text}</script>\n\n${dialog}`,
  )
  await copy(path.join(source, 'locales'), path.join(target, 'locales'))
  const icon = `anomaly-${name}.svg`
  await copy(path.join(root, 'icons', icon), path.join(target, 'icons', icon))
}

/** The runtime's texts go to the catalogue of the model node, below `runtime`, so that `RED._` translates them. */
async function mergeRuntimeTexts(dist) {
  const messages = path.join(root, 'src', 'core', 'messages')
  const languages = (await readdir(messages, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  for (const { name: language } of languages) {
    const runtime = {}
    for (const file of (await readdir(path.join(messages, language))).sort()) {
      runtime[path.basename(file, '.json')] = JSON.parse(
        await readFile(path.join(messages, language, file), 'utf8'),
      )
    }
    const target = path.join(dist, 'nodes', 'model', 'locales', language, 'model.json')
    const own = existsSync(target) ? JSON.parse(await readFile(target, 'utf8')) : {}
    await write(target, `${JSON.stringify({ ...own, runtime }, null, 2)}\n`)
  }
}

async function buildKernels(dist) {
  const hook = path.join(root, 'src', 'train', 'kernels', 'build.mjs')
  if (!existsSync(hook)) return
  const { default: buildInto } = await import(pathToFileURL(hook).href)
  await buildInto(dist)
}

/** Puts the new build in the place of the old one; two builds at a time do not disturb one another. */
async function swapIn(fresh) {
  const dist = path.join(root, 'dist')
  const old = `${fresh}-old`
  for (let attempt = 0; ; attempt++) {
    await rename(dist, old).catch(() => {})
    try {
      await rename(fresh, dist)
      break
    } catch (error) {
      if (attempt === 5) throw error
      await rm(old, { recursive: true, force: true })
    }
  }
  await rm(old, { recursive: true, force: true })
}

export async function build() {
  const esbuild = await import('esbuild')
  const fresh = path.join(root, '.cache', `dist-${process.pid}`)
  await rm(fresh, { recursive: true, force: true })
  try {
    await transpile(fresh)
    for (const name of await nodeNames()) await buildEditorPart(esbuild, fresh, name)
    await mergeRuntimeTexts(fresh)
    await buildKernels(fresh)
    await swapIn(fresh)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await build()
