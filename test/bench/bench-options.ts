/** What every `run` of a bench gets from `npm run bench -- <name> [--records N] [--connections N]`. */
export interface BenchOptions {
  records?: number;
  /** How many callers call at once. */
  connections?: number;
  log: (line: string) => void;
}
