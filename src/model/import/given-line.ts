/** Behind its name, the word that marks the contract line of a part that was made elsewhere. */
const GIVEN = 'given'

/** What a stage that learns would be called, had it learned elsewhere: `scaler given minmax 0..1`. */
export function givenLine(name: string, ...settings: readonly string[]): string {
  return [name, GIVEN, ...settings].join(' ')
}

/**
 * True where a stage of this line can work with a given part, whatever its own settings of learning are: the same kind of stage.
 * An ONNX file works in the place of an autoencoder.
 */
export function takesGiven(line: string, kind: string): boolean {
  const [name, word] = kind.split(' ')
  const [own] = line.split(' ')
  return word === GIVEN && (name === own || (name === 'onnx' && own === 'autoencoder'))
}
