/** What the body of a call lacks, in words: each path must lead to a text that is not blank. Undefined when it lacks nothing. */
export function missingText(body: unknown, paths: readonly string[]): string | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 'the body is no JSON object';
  const missing = paths.find((path) => {
    const value = path.split('.').reduce<unknown>((at, step) => (at as Record<string, unknown> | null | undefined)?.[step], body);
    return typeof value !== 'string' || value.trim() === '';
  });
  return missing && `${missing} is missing: it must be a text`;
}
