import { spawn } from 'node:child_process'

/** A small computer is slow to load a large library from its card, ms. */
const TIMEOUT = 60_000
const MAX_REASON = 300

/** What a child process does: it loads the library, opens the model that it is given, runs it once on zeros, and says so. */
const SCRIPT = `
try { require('fs').writeFileSync('/proc/self/oom_score_adj', '1000') } catch {}
const { library, options, input, dims } = JSON.parse(process.argv[1])
const fail = (error) => { process.stderr.write(String((error && error.message) || error), () => process.exit(3)) }
const chunks = []
process.stdin.on('data', (chunk) => chunks.push(chunk)).on('end', async () => {
  try {
    const ort = require(library)
    const session = await ort.InferenceSession.create(new Uint8Array(Buffer.concat(chunks)), options)
    if (dims) {
      const zeros = new Float32Array(dims.reduce((product, dim) => product * dim, 1))
      await session.run(Object.fromEntries([[input, new ort.Tensor('float32', zeros, dims)]]))
    }
    process.stdout.write('ok', () => process.exit(0))
  } catch (error) { fail(error) }
})
`

export interface Trial {
  /** Path of the library's entry file. */
  readonly library: string
  readonly options: unknown
  readonly model: Uint8Array
  /** Name and dimensions of its input; without dimensions it is opened but not run. */
  readonly input: string
  readonly dims?: readonly number[]
}

/** How a trial ended: well, with an error that the library reported, or with the death of its process. */
export type Outcome =
  { readonly kind: 'ok' } | { readonly kind: 'refused' | 'crashed'; readonly reason: string }

/**
 * Lets a native library load a model in a process of its own: what crashes there does not take Node-RED along. Short of memory,
 * the system ends that process first.
 */
export function tryInChild(trial: Trial, timeout = TIMEOUT): Promise<Outcome> {
  const { model, ...rest } = trial
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['-e', SCRIPT, JSON.stringify(rest)], {
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
      timeout,
      killSignal: 'SIGKILL',
      // Whatever the parent was told to load or debug is not meant for the child.
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    let out = ''
    let errors = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-MAX_REASON)))
    child.stdin.on('error', () => undefined) // it may die before it has read the model
    child.on('error', (error) => resolve({ kind: 'crashed', reason: error.message }))
    child.on('close', (code, signal) => {
      // A runtime may still stumble while it shuts down: by then it has done what it is here for.
      if (out === 'ok') resolve({ kind: 'ok' })
      else if (signal === null && code === 3)
        resolve({ kind: 'refused', reason: errors.split('\n')[0] ?? '' })
      else resolve({ kind: 'crashed', reason: signal ?? `exit code ${code}` })
    })
    child.stdin.end(model)
  })
}
