/** Rises whenever the text of a person's key changes, as with the lists of names: a hub then makes all keys anew in the background. */
export const IDENTITY_NORMALISER_VERSION = 2;
