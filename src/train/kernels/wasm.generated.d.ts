/** The compiled kernels; `build.mjs` writes the module beside this declaration. */
export const base64: string
