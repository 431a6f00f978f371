/** Everything of the process that a command touches, so that tests run the whole CLI in their own process. */
export interface Io {
  out: (text: string) => void;
  err: (text: string) => void;
  env: Record<string, string | undefined>;
  /** A person sits at both ends: only then anything is asked. */
  interactive: boolean;
  ask: (question: string) => Promise<string>;
  /** What is typed is not shown. */
  askSecret: (question: string) => Promise<string>;
  readStdin: () => Promise<string>;
  sleep: (ms: number) => Promise<void>;
}
