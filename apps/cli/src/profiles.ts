import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Target } from './api-client.js';
import { CliFailure, usage } from './cli-failure.js';

export interface Profiles {
  current?: string;
  profiles: Record<string, Target>;
}
type Environment = Record<string, string | undefined>;

const DEFAULT_API = 'http://127.0.0.1:3000';

/** --profile, else TRIBUTARY_API and TRIBUTARY_KEY, else the profile in use. @throws CliFailure when no key is known */
export function targetOf(env: Environment, profile?: string): Target {
  if (profile !== undefined) return named(loadProfiles(env), profile);
  if (env.TRIBUTARY_KEY) return { api: env.TRIBUTARY_API ?? DEFAULT_API, key: env.TRIBUTARY_KEY };
  const { current, profiles } = loadProfiles(env);
  const used = current === undefined ? undefined : profiles[current];
  if (used) return { ...used, ...(env.TRIBUTARY_API && matching(env.TRIBUTARY_API, used)) };
  throw usage('no API key: set TRIBUTARY_API and TRIBUTARY_KEY, or store them with: tributary profile set <name> --api <url>');
}

/** A stored key goes only to the address it was stored for. */
function matching(api: string, used: Target): { api: string } {
  if (api.replace(/\/+$/, '') === used.api.replace(/\/+$/, '')) return { api };
  throw usage(`TRIBUTARY_API is ${api}, but the stored key belongs to ${used.api}: set TRIBUTARY_KEY too, or unset TRIBUTARY_API`);
}

/** Where probes go: no key is needed for them. */
export function apiAddressOf(env: Environment, profile?: string): string {
  const { current, profiles } = loadProfiles(env);
  const name = profile ?? (env.TRIBUTARY_API ? undefined : current);
  return (name === undefined ? env.TRIBUTARY_API : named({ profiles }, name).api) ?? DEFAULT_API;
}

function named({ profiles }: Profiles, name: string): Target {
  if (Object.hasOwn(profiles, name)) return profiles[name];
  throw usage(`there is no profile "${name}"; known: ${Object.keys(profiles).join(', ') || 'none'}`);
}

export function profilesFile(env: Environment): string {
  return join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'), 'tributary', 'profiles.json');
}

/** @throws CliFailure when others may read the keys, or the file is not ours */
export function loadProfiles(env: Environment): Profiles {
  const file = profilesFile(env);
  if (!existsSync(file)) return { profiles: {} };
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0)
    throw new CliFailure(`${file} can be read by others and holds keys. Mend: chmod 600 ${file}`);
  try {
    const { current, profiles } = JSON.parse(readFileSync(file, 'utf8')) as Profiles;
    return { current, profiles: profiles ?? {} };
  } catch {
    throw new CliFailure(`${file} is not valid JSON. Mend it, or remove it and store the profiles again`);
  }
}

/** Whole or not at all, and never readable by others, not even for a moment. */
export function saveProfiles(env: Environment, profiles: Profiles): void {
  const file = profilesFile(env);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(profiles, undefined, 2)}\n`, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, file);
}
