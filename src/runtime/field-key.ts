/** The catalogue key of a setting's name: `fieldKey('alert', 'hold')` is `alert.fieldHold`. */
export function fieldKey<A extends string, F extends string>(
  area: A,
  field: F,
): `${A}.field${Capitalize<F>}` {
  return `${area}.field${field.charAt(0).toUpperCase()}${field.slice(1)}` as `${A}.field${Capitalize<F>}`
}
