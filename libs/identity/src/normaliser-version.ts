/** Rises whenever `normaliseEmail`, `normaliseName` or the text of a match key changes: stored keys of an older version must be made anew. */
export const IDENTITY_NORMALISER_VERSION = 1;
