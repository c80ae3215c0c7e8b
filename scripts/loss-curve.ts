/**
 * Draws docs/loss-curve.svg, the picture in the README: `node --require tsx/cjs scripts/loss-curve.ts`. It is a real training: the
 * windows of 1 s of the simulated fan, default features, standard scaling, and the autoencoder as dragged from the palette.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { FeatureStage } from '../src/core/features/feature-stage'
import { readFeatureSettings } from '../src/core/features/settings'
import type { Frame } from '../src/core/frame'
import { makeScaler } from '../src/core/scalers/scaler'
import { FAN_CHANNELS, FAN_DEFAULTS, FAN_RATE, FanRig } from '../src/core/simulate/fan-rig'
import type { LearningReport } from '../src/core/stage'
import { WindowStage } from '../src/core/window'
import { makeAutoencoder } from '../src/train/autoencoder-learner'
import { readAutoencoderSettings } from '../src/train/learner-settings'

const WINDOWS = 200
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [720, 320, 64, 16, 48, 44] as const

/** Scaled features of the simulated fan, one frame per window. */
function featuresOfFan(): readonly Frame[] {
  const rig = new FanRig({ ...FAN_DEFAULTS, seed: 1 })
  const window = new WindowStage({
    length: { value: 1, unit: 'seconds' },
    hop: { value: 0.5, unit: 'seconds' },
  })
  const features = new FeatureStage(readFeatureSettings({}))
  const frames: Frame[] = []
  for (let start = 0; frames.length < WINDOWS; start += 500) {
    const data = rig.next(FAN_RATE / 2)!
    for (const whole of window.push({ channels: FAN_CHANNELS, rate: FAN_RATE, start, data }))
      for (const answer of features.push(whole)) if (!('reason' in answer)) frames.push(answer)
  }
  return frames
}

async function train(): Promise<LearningReport> {
  const frames = featuresOfFan()
  const scaler = makeScaler({ method: 'standard' })
  const part = await scaler.fit(frames)
  const scaled = await scaler.load(part.body).apply(frames)
  const learner = makeAutoencoder(readAutoencoderSettings())
  return (await learner.fit(scaled)).report
}

/** The curves on a logarithmic scale, with the best epoch; readable on light and on dark ground. */
export function drawLossCurve({ rows, figures }: LearningReport): string {
  const losses = figures['losses'] as readonly number[]
  const validation = figures['validationLosses'] as readonly number[]
  const best = figures['bestEpoch'] as number
  const all = [...losses, ...validation].map(Math.log10)
  const [low, high] = [Math.min(...all), Math.max(...all)]
  const x = (epoch: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * (epoch - 1)) / (losses.length - 1)
  const y = (loss: number): number =>
    TOP + ((HEIGHT - TOP - BOTTOM) * (high - Math.log10(loss))) / (high - low)
  const line = (values: readonly number[], name: string): string => {
    const points = values.map((value, i) => `${x(i + 1).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
    return `<polyline class="${name}" points="${points}"/>`
  }
  const text = (at: number, height: number, content: string, rest = ''): string =>
    `<text x="${at.toFixed(1)}" y="${height.toFixed(1)}" ${rest}>${content}</text>`
  const levels = [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01].filter(
    (level) => Math.log10(level) >= low && Math.log10(level) <= high,
  )
  const epochs = Array.from({ length: Math.floor(losses.length / 50) + 1 }, (_, i) => Math.max(1, 50 * i))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Loss of an autoencoder over the epochs">`,
    '<style>',
    'text { font: 13px system-ui, sans-serif; fill: #57606a }',
    'polyline { fill: none; stroke-width: 2; stroke-linejoin: round }',
    '.training { stroke: #8c959f } .validation { stroke: #0969da } .grid { stroke: #8c959f; stroke-opacity: .3 }',
    '.best { stroke: #57606a; stroke-dasharray: 4 3 } .validation-name { fill: #0969da }',
    '@media (prefers-color-scheme: dark) { text { fill: #9da7b3 } .best { stroke: #9da7b3 } .validation { stroke: #58a6ff } .validation-name { fill: #58a6ff } }',
    '</style>',
    ...levels.flatMap((level) => [
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(level).toFixed(1)}" y2="${y(level).toFixed(1)}"/>`,
      text(LEFT - 8, y(level) + 4, String(level), 'text-anchor="end"'),
    ]),
    ...epochs.map((epoch) => text(x(epoch), HEIGHT - BOTTOM + 20, String(epoch), 'text-anchor="middle"')),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, 'epoch', 'text-anchor="middle"'),
    text(LEFT, 18, `loss, ${rows} windows of the simulated fan`),
    text(LEFT, 36, '― while training'),
    text(LEFT + 130, 36, '― on the latest fifth', 'class="validation-name"'),
    `<line class="best" x1="${x(best).toFixed(1)}" x2="${x(best).toFixed(1)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>`,
    text(x(best) + 6, TOP + 22, `best epoch: ${best}`),
    line(losses, 'training'),
    line(validation, 'validation'),
    '</svg>',
    '',
  ].join('\n')
}

/** What docs/loss-curve.svg holds. */
export async function lossCurve(): Promise<string> {
  return drawLossCurve(await train())
}

if (require.main === module) {
  const folder = path.resolve(__dirname, '..', 'docs')
  mkdirSync(folder, { recursive: true })
  void lossCurve().then((picture) => writeFileSync(path.join(folder, 'loss-curve.svg'), picture))
}
