/** What every `run` of a bench gets from `npm run bench -- <name> [--records N]`. */
export interface BenchOptions {
  records?: number;
  log: (line: string) => void;
}
