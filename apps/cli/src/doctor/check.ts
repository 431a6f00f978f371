/** One thing that must be right for the hub to run; `mend` says how to make it so. */
export interface Finding {
  name: string;
  ok: boolean;
  detail: string;
  mend?: string;
}
export type Environment = Record<string, string | undefined>;

export const fine = (name: string, detail: string): Finding => ({ name, ok: true, detail });
export const wrong = (name: string, detail: string, mend: string): Finding => ({ name, ok: false, detail, mend });

/** What failed, without anything that a URL may carry. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return (code ?? message ?? 'unknown').replace(/\/\/[^@\s]*@/g, '//…@');
}
