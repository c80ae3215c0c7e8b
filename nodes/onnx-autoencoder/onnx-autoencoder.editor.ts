import type { EditorRED } from 'node-red'
import { labelStyle, showWhatApplies } from '../editor/dialog'
import { learnButton, type LearnerProperties, withLearnerDefaults } from '../editor/learner'
import { number, required, validator } from '../editor/validators'
import { prepareLayers, soundLayers } from './layers.editor-part'

declare const RED: EditorRED

interface Properties extends LearnerProperties {
  source: string
  kind: string
  layers: string
  loss: string
  errorScale: string
  epochs: string
  batch: string
  learningRate: string
  patience: string
  seed: string
  trainer: string
  file: string
  error: string
  layout: string
  engine: string
  queueLimit: string
}

const layers = validator((value, field) => soundLayers(field, value))

RED.nodes.registerType<Properties>('anomaly-onnx-autoencoder', {
  category: 'anomaly',
  color: '#D7B5D8',
  icon: 'anomaly-onnx-autoencoder.svg',
  paletteLabel: 'onnx-autoencoder',
  inputs: 1,
  outputs: 1,
  defaults: withLearnerDefaults({
    // An autoencoder does not learn from fewer than 30.
    rows: {
      value: '',
      validate: number({ min: (other) => (other('source') === 'learn' ? 30 : 2), max: 100_000, whole: true }),
    },
    source: { value: 'learn' },
    kind: { value: 'dense' },
    layers: { value: 'medium', validate: layers },
    loss: { value: 'mse' },
    errorScale: { value: 'scaled' },
    epochs: { value: '', validate: number({ min: 1, max: 10_000, whole: true }) },
    batch: { value: '', validate: number({ min: 1, max: 1024, whole: true }) },
    learningRate: { value: '', validate: number({ min: 1e-6, max: 1 }) },
    patience: { value: '', validate: number({ min: 1, max: 10_000, whole: true }) },
    seed: { value: '', validate: number({ min: 0, max: 4_294_967_295, whole: true }) },
    trainer: { value: 'own' },
    file: { value: '', validate: required<Properties>(({ source }) => source === 'file') },
    error: { value: 'mse' },
    layout: { value: 'auto' },
    engine: { value: 'auto' },
    queueLimit: { value: '', validate: number({ min: 1, max: 100_000, whole: true }) },
  }),
  label() {
    return this.name || this._('label')
  },
  labelStyle,
  button: learnButton(({ source }: Properties) => source === 'learn'),
  oneditprepare() {
    prepareLayers((key, params) => this._(key, params))
    showWhatApplies()
    // A file from elsewhere runs on an ONNX runtime only.
    const engine = $('#node-input-engine')
    $('#node-input-source')
      .on('change', (event) => {
        const isFile = $(event.target).val() === 'file'
        engine.find('option[value=own]').prop('disabled', isFile)
        if (isFile && engine.val() === 'own') engine.val('auto')
      })
      .trigger('change')
  },
})
