import type { Command } from 'commander';
import { ApiClient } from './api-client.js';
import { usage } from './cli-failure.js';
import type { ExitCode } from './exit-codes.js';
import type { Io } from './io.js';
import { targetOf } from './profiles.js';

/** What a command answers: `doc` for --json, `text` for people, `ids` for --quiet. */
export interface Outcome {
  doc: unknown;
  text: string;
  ids?: string[];
  code?: ExitCode;
}
export interface GlobalOptions {
  json?: boolean;
  quiet?: boolean;
  yes?: boolean;
  profile?: string;
}
export type Work<Options> = (session: Session, options: Options, args: string[]) => Promise<Outcome>;
/** Makes a commander action of a command's work. */
export type Act = <Options = Record<string, never>>(work: Work<Options>) => (...given: unknown[]) => Promise<void>;

export class Session {
  private client?: ApiClient;

  constructor(
    readonly io: Io,
    readonly options: GlobalOptions,
    readonly command: Command,
  ) {}

  /** Made when first used: what works without the API needs no key. */
  get api(): ApiClient {
    this.client ??= new ApiClient(targetOf(this.io.env, this.options.profile));
    return this.client;
  }

  /** Progress for a person who waits; never in a machine's way. */
  note(line: string): void {
    if (!this.options.json && !this.options.quiet) this.io.err(`${line}\n`);
  }

  /** @throws CliFailure when nobody says yes */
  async confirm(what: string): Promise<void> {
    if (this.options.yes) return;
    if (!this.io.interactive || this.options.json) throw usage(`${what}: repeat the command with --yes to do it`);
    const answer = await this.io.ask(`${what}. Go on? [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw usage('nothing was done');
  }
}
