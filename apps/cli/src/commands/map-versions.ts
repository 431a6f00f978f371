import type { Command } from 'commander';
import { usage } from '../cli-failure.js';
import type { Act, Outcome, Session } from '../session.js';
import { table } from '../table.js';
import { fileText, nameAndVersion } from './map-file.js';

interface VersionRow {
  name: string;
  version: number;
  origin: string;
  live: boolean;
  usedAt: string | null;
  createdAt: string | null;
}

export function addMapVersions(map: Command, act: Act): void {
  map
    .command('versions')
    .argument('<name>', 'such as ashby.candidates')
    .description('drafted and used versions of a mapping, newest first')
    .action(act(versions));
  map
    .command('push')
    .argument('<file>', 'a mapping file')
    .description('keep a file as a draft of its next version; nothing runs with it yet')
    .action(act(push));
  map
    .command('activate')
    .argument('<name@version...>', 'such as ashby.candidates@3; several change together')
    .requiredOption('--reason <words>', 'why; kept in the audit trail')
    .description('make versions live')
    .action(act<{ reason: string }>(activate));
  map.command('drop').argument('<name@version>', 'a draft').description('drop a draft that was never used').action(act(drop));
}

async function versions(session: Session, _options: unknown, [name]: string[]): Promise<Outcome> {
  const { items } = await session.api.get<{ items: VersionRow[] }>(`/mappings/${encodeURIComponent(name)}/versions`);
  return {
    doc: { items },
    text: table(
      ['version', 'origin', 'live', 'used since'],
      items.map((one) => [one.version, one.origin, one.live ? 'live' : '', one.usedAt ?? 'draft']),
    ),
    ids: items.map(({ version }) => `${name}@${version}`),
  };
}

async function push(session: Session, _options: unknown, [file]: string[]): Promise<Outcome> {
  const text = fileText(file);
  const name = /^mapping:\s*['"]?([\w.-]+)/m.exec(text)?.[1];
  if (name === undefined) throw usage(`${file} does not say which mapping it is: its line mapping: is missing`);
  const draft = await session.api.post<{ name: string; version: number }>(`/mappings/${encodeURIComponent(name)}/versions`, { text });
  return {
    doc: draft,
    text: `${draft.name}@${draft.version} is kept as a draft; compare it with map diff, make it live with map activate`,
    ids: [`${draft.name}@${draft.version}`],
  };
}

async function activate(session: Session, { reason }: { reason: string }, names: string[]): Promise<Outcome> {
  const wanted = names.map(nameAndVersion);
  await session.api.post('/mappings/activations', { versions: wanted, reason });
  return {
    doc: { activated: wanted },
    text: `live: ${names.join(', ')}; records are mapped anew when they are next read, or at once by map replay`,
    ids: names,
  };
}

async function drop(session: Session, _options: unknown, [wanted]: string[]): Promise<Outcome> {
  const { name, version } = nameAndVersion(wanted);
  await session.api.delete(`/mappings/${encodeURIComponent(name)}/versions/${version}`);
  return { doc: { dropped: wanted }, text: `${wanted} is dropped`, ids: [wanted] };
}
