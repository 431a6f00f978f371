const SPECIAL = /["\\]/;

/** Texts as one array parameter: the driver's own spelling of long arrays costs more than sending them. */
export function arrayLiteral(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${SPECIAL.test(text) ? text.replace(/["\\]/g, '\\$&') : text}"`).join(',')}}`;
}
