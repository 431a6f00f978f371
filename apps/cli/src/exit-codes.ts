/** What the process answers. `gate`: the work was done and what was asserted does not hold; `partial`: some of it was done. */
export const EXIT = { ok: 0, failure: 1, usage: 2, gate: 3, partial: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** All asked-for parts went wrong → failure; some → partial. */
export function exitOf(parts: { ok: boolean }[]): ExitCode {
  const wrong = parts.filter((part) => !part.ok).length;
  if (wrong === 0) return EXIT.ok;
  return wrong === parts.length ? EXIT.failure : EXIT.partial;
}
