import type { Command } from 'commander';
import { usage } from '../cli-failure.js';
import { loadProfiles, profilesFile, saveProfiles } from '../profiles.js';
import type { Act, Outcome, Session } from '../session.js';
import { table } from '../table.js';
import { readSecrets } from './read-secrets.js';

export function addProfile(program: Command, act: Act): void {
  const profile = program.command('profile').description('stored addresses and keys of APIs').action(act(list));
  profile.command('list').description('the stored profiles').action(act(list));
  profile
    .command('set')
    .argument('<name>')
    .requiredOption('--api <url>', 'such as http://127.0.0.1:3000')
    .option('--key <source>', 'env:NAME, file:PATH or - (stdin); asked for at a terminal')
    .description('stores a profile and uses it')
    .action(act<{ api: string; key?: string }>(set));
  profile.command('use').argument('<name>').description('uses a stored profile').action(act(use));
  profile.command('remove').argument('<name>').description('forgets a profile and its key').action(act(remove));
}

function list({ io }: Session): Promise<Outcome> {
  const { current, profiles } = loadProfiles(io.env);
  const items = Object.entries(profiles).map(([name, { api }]) => ({ name, api, current: name === current }));
  return Promise.resolve({
    doc: { items },
    text: table(
      ['profile', 'api', 'in use'],
      items.map((one) => [one.name, one.api, one.current ? 'yes' : '']),
      'no profiles',
    ),
    ids: items.map(({ name }) => name),
  });
}

async function set(session: Session, { api, key: source }: { api: string; key?: string }, [name]: string[]): Promise<Outcome> {
  const { key } = await readSecrets(session, { sources: source === undefined ? [] : [`key=${source}`], wanted: ['key'] });
  const { profiles } = loadProfiles(session.io.env);
  saveProfiles(session.io.env, { current: name, profiles: { ...profiles, [name]: { api, key } } });
  return { doc: { name, api }, text: `${name} is stored in ${profilesFile(session.io.env)} and in use`, ids: [name] };
}

function use({ io }: Session, _options: unknown, [name]: string[]): Promise<Outcome> {
  const { profiles } = loadProfiles(io.env);
  if (!Object.hasOwn(profiles, name)) throw usage(`there is no profile "${name}"; known: ${Object.keys(profiles).join(', ') || 'none'}`);
  saveProfiles(io.env, { current: name, profiles });
  return Promise.resolve({ doc: { name, current: true }, text: `${name} is in use`, ids: [name] });
}

function remove({ io }: Session, _options: unknown, [name]: string[]): Promise<Outcome> {
  const { current, profiles } = loadProfiles(io.env);
  if (!Object.hasOwn(profiles, name)) throw usage(`there is no profile "${name}"`);
  const { [name]: _gone, ...others } = profiles;
  saveProfiles(io.env, { current: current === name ? undefined : current, profiles: others });
  return Promise.resolve({ doc: { name, removed: true }, text: `${name} is forgotten`, ids: [name] });
}
