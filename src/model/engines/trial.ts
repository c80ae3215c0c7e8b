import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A small computer is slow to load a large library from its card, ms. */
const TIMEOUT = 60_000
const MAX_REASON = 300
/** What a model may take of memory beside the library: so many MB, and so many times its own size for copies of its weights. */
const MEGABYTES = 256
const COPIES = 8
/** What Node.js and the library themselves may take, MB. */
const BASE_MEGABYTES = 256
/** Seconds of processor time that opening a model and running it may take: Node-RED stands still for as long. */
const SECONDS = 5

/** What a child process does: it loads the library, opens the model that it is given, runs it on zeros, and says so. */
const SCRIPT = `
try { require('fs').writeFileSync('/proc/self/oom_score_adj', '1000') } catch {}
const { library, options, input, dims, attempts = [], megabytes, seconds } = JSON.parse(process.argv[1])
// On Linux the figure of resourceUsage begins with the peak of the process that started this one.
const peak = () => {
  try { return Number(/VmHWM:\\s*(\\d+)/.exec(require('fs').readFileSync('/proc/self/status', 'utf8'))[1]) }
  catch { return process.resourceUsage().maxRSS }
}
const fail = (error) => { process.stderr.write(String((error && error.message) || error), () => process.exit(3)) }
const chunks = []
process.stdin.on('data', (chunk) => chunks.push(chunk)).on('end', async () => {
  try {
    const ort = require(library)
    if (ort.env && ort.env.wasm) Object.assign(ort.env.wasm, { numThreads: 1, proxy: false })
    const start = { memory: peak(), cpu: process.cpuUsage() }
    const check = () => {
      const taken = (peak() - start.memory) / 1024
      if (taken > megabytes) throw new Error('it takes more than ' + megabytes + ' MB of memory')
      const { user, system } = process.cpuUsage(start.cpu)
      if (user + system > 1e6 * seconds) throw new Error('it takes more than ' + seconds + ' s')
    }
    const session = await ort.InferenceSession.create(new Uint8Array(Buffer.concat(chunks)), options)
    check()
    const run = (dims) => {
      const zeros = new Float32Array(dims.reduce((product, dim) => product * dim, 1))
      return session.run(Object.fromEntries([[input, new ort.Tensor('float32', zeros, dims)]]))
    }
    if (dims) await run(dims)
    check()
    for (const dims of attempts) {
      await run(dims).catch((error) => {
        // Short of memory is no matter of the shape.
        if (/alloc|memory/i.test(error && error.message)) throw error
      })
      check()
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
  /** Name and dimensions of its input; without dimensions it is opened, but need not run. */
  readonly input: string
  readonly dims?: readonly number[]
  /** Dimensions that it may refuse, but that must not take too much memory or time. */
  readonly attempts?: readonly (readonly number[])[]
}

/** How a trial ended: well, with an error that the library reported, or with the death of its process. */
export type Outcome =
  { readonly kind: 'ok' } | { readonly kind: 'refused' | 'crashed'; readonly reason: string }

/**
 * Lets a library load a model in a process of its own: what crashes there does not take Node-RED along, and what takes too
 * much memory or time there is not loaded here. Short of memory, the system ends that process first.
 */
export function tryInChild(trial: Trial, timeout = TIMEOUT): Promise<Outcome> {
  const { model, ...rest } = trial
  const megabytes = MEGABYTES + Math.ceil((COPIES * model.length) / 2 ** 20)
  const args = [process.execPath, '-e', SCRIPT, JSON.stringify({ ...rest, megabytes, seconds: SECONDS })]
  const [command = '', ...more] = limited(args, BASE_MEGABYTES + setAside() + megabytes)
  return new Promise((resolve) => {
    const child = spawn(command, more, {
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

/** Memory that this version of Node.js sets aside and does not use, MB: half a gigabyte since Node.js 24, but it counts for the limit. */
function setAside(): number {
  try {
    const kilobytes = Number(/VmData:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1])
    return Math.max(0, Math.ceil(kilobytes / 1024 - process.memoryUsage.rss() / 2 ** 20))
  } catch {
    return 0
  }
}

/** The command with a limit to its memory, which the system keeps even where the process is busy taking it. */
function limited(command: readonly string[], megabytes: number): readonly string[] {
  if (process.platform === 'win32') return command
  return ['/bin/sh', '-c', 'ulimit -d "$0" 2>/dev/null; exec "$@"', String(megabytes * 1024), ...command]
}
