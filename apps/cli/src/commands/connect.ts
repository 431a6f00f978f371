import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { usage } from '../cli-failure.js';
import { EXIT } from '../exit-codes.js';
import type { Act, Outcome, Session } from '../session.js';
import { facts, table } from '../table.js';
import { findConnection, findStream, listConnections, type Connection } from './find-connection.js';
import { readSecrets } from './read-secrets.js';

interface AddOptions {
  name: string;
  set: string[];
  settings?: string;
  secret: string[];
  systemOfRecord?: boolean;
  priority?: string;
}

export function addConnect(program: Command, act: Act): void {
  const connect = program.command('connect').description('connections to vendors').action(act(list));
  connect.command('list').description('connections and their streams').action(act(list));
  connect.command('show').argument('<connection>').description('one connection with its streams').action(act(show));
  connect.command('catalogue').description('what can be connected, and what each needs').action(act(catalogue));
  connect
    .command('add')
    .argument('<connector>', 'see: connect catalogue')
    .description('connects a vendor, and tests the connection')
    .requiredOption('--name <name>', 'as it is shown')
    .option('--set <field=value>', 'a setting; may be repeated', gather, [])
    .option('--settings <file>', 'all settings as JSON; - for stdin')
    .option('--secret <field=source>', 'a credential from env:NAME, file:PATH or - (stdin); asked for at a terminal', gather, [])
    .option('--system-of-record', 'this is the ATS that is believed')
    .option('--priority <n>', 'lower is believed first among equals')
    .action(act<AddOptions>(add));
  connect.command('test').argument('<connection>').description('calls the vendor, check by check').action(act(test));
  connect
    .command('secret')
    .argument('<connection>')
    .description('replaces credentials')
    .requiredOption('--secret <field=source>', 'env:NAME, file:PATH or - (stdin)', gather, [])
    .action(act<{ secret: string[] }>(secret));
  connect.command('sign-in').argument('<connection>').description('says where a person lets the hub in at the vendor').action(act(signIn));
  connect
    .command('pause')
    .argument('<connection>')
    .option('--reason <text>', 'why')
    .description('nothing is read or written until it is resumed')
    .action(act<{ reason?: string }>((session, { reason }, [wanted]) => steer(session, wanted, 'pause', { reason })));
  connect
    .command('resume')
    .argument('<connection>')
    .description('goes on where it stopped')
    .action(act((session, _, [wanted]) => steer(session, wanted, 'resume')));
  addStreamCommands(connect, act);
  connect
    .command('delete')
    .argument('<connection>')
    .option('--records <what>', 'keep: values stay; detach: its say is withdrawn')
    .description('deletes a connection, once it is said what becomes of its records')
    .action(act<{ records?: string }>(remove));
}

function addStreamCommands(connect: Command, act: Act): void {
  for (const [name, description] of [
    ['release-brake', 'lets a mass deletion through that the brake holds'],
    ['reset', 'forgets where the last sync ended: the next one reads everything'],
  ])
    connect
      .command(name)
      .argument('<connection>')
      .argument('<stream>')
      .requiredOption('--reason <text>', 'why; it stays in the audit')
      .description(description)
      .action(act<{ reason: string }>((session, { reason }, args) => steerStream(session, args, name, { reason })));
  connect
    .command('refetch')
    .argument('<connection>')
    .argument('<stream>')
    .argument('<externalId>')
    .description('reads one record afresh')
    .action(act((session, _, [connection, stream, externalId]) => steerStream(session, [connection, stream], 'refetch', { externalId })));
}

const gather = (value: string, before: string[]): string[] => [...before, value];

async function list(session: Session): Promise<Outcome> {
  const items = await listConnections(session.api);
  const rows = items.flatMap((one) =>
    one.streams.map((stream) => [
      one.name,
      one.connector,
      one.systemOfRecord ? 'yes' : '',
      stateOf(one),
      stream.name,
      stateOf(stream),
      stream.walk,
      stream.advancedAt,
    ]),
  );
  return {
    doc: { items },
    text: table(
      ['connection', 'connector', 'system of record', 'status', 'stream', 'status', 'walk', 'moved'],
      rows,
      'nothing is connected yet; see: tributary connect catalogue',
    ),
    ids: items.map(({ id }) => id),
  };
}

const stateOf = ({ status, statusCode }: { status: string; statusCode: string | null }): string =>
  statusCode ? `${status} (${statusCode})` : status;

async function show(session: Session, _options: unknown, [wanted]: string[]): Promise<Outcome> {
  const one = await findConnection(session.api, wanted);
  return { doc: one, text: textOf(one), ids: [one.id] };
}

function textOf(one: Connection): string {
  const head = facts([
    ['connection', one.name],
    ['id', one.id],
    ['connector', one.connector],
    ['status', stateOf(one)],
    ['reason', one.statusReason],
    ['system of record', one.systemOfRecord ? 'yes' : 'no'],
    ['credentials set', one.credentialFields.join(', ')],
    ...(one.partnerRoutes.length > 0
      ? one.partnerRoutes.map((route): [string, string] => ['partners call', route])
      : [['webhooks go to', one.webhookEndpoint && `/api/v1/hooks/${one.webhookEndpoint}`] as [string, string | null]]),
  ]);
  const rows = one.streams.map((stream) => [
    stream.name,
    stream.object,
    stateOf(stream),
    stream.walk,
    stream.intervalSeconds,
    stream.lastRun?.state,
    stream.statusReason,
  ]);
  return `${head}\n\n${table(['stream', 'object', 'status', 'walk', 'every (s)', 'last run', 'reason'], rows)}`;
}

interface CatalogueEntry {
  id: string;
  name: string;
  category: string;
  settings: { properties?: Record<string, { default?: unknown }>; required?: string[] };
  credentialFields: string[];
  credentialChoice: { setting: string; credentials: Record<string, string[]> } | null;
  certificate: { level: string } | null;
}

async function catalogue(session: Session): Promise<Outcome> {
  const { items } = await session.api.get<{ items: CatalogueEntry[] }>('/connectors');
  const settingsOf = ({ settings }: CatalogueEntry): string =>
    Object.keys(settings.properties ?? {})
      .map((name) => (settings.required?.includes(name) ? `${name}*` : name))
      .join(', ');
  const rows = items.map((one) => [
    one.id,
    one.name,
    one.category,
    settingsOf(one),
    one.credentialFields.join(', '),
    one.certificate?.level,
  ]);
  return {
    doc: { items },
    text: table(['connector', 'name', 'category', 'settings (* required)', 'credentials', 'certificate'], rows),
    ids: items.map(({ id }) => id),
  };
}

async function add(session: Session, options: AddOptions, [connector]: string[]): Promise<Outcome> {
  const settings = { ...(await settingsFile(session, options.settings)), ...Object.fromEntries(options.set.map(setting)) };
  const { items } = await session.api.get<{ items: CatalogueEntry[] }>('/connectors');
  const wanted = neededBy(
    items.find(({ id }) => id === connector),
    settings,
  );
  const credentials = await readSecrets(session, { sources: options.secret, wanted });
  const priority = options.priority === undefined ? undefined : Number(options.priority);
  const body = { connector, name: options.name, settings, credentials, systemOfRecord: options.systemOfRecord ?? false, priority };
  const made = await session.api.post<Connection>('/connections', body);
  const tested = await session.api.post<TestAnswer>(`/connections/${made.id}/test`);
  return {
    doc: { ...made, test: tested },
    text: `${textOf(made)}\n\n${checksText(tested)}`,
    ids: [made.id],
    code: tested.ok ? EXIT.ok : EXIT.partial,
  };
}

/** Where a setting chooses the way in, what that way needs. */
function neededBy(entry: CatalogueEntry | undefined, settings: Record<string, unknown>): string[] {
  const { credentialChoice: choice, credentialFields = [] } = entry ?? {};
  if (!entry || !choice) return credentialFields;
  const chosen = settings[choice.setting] ?? entry.settings.properties?.[choice.setting]?.default;
  return choice.credentials[String(chosen)] ?? credentialFields;
}

async function signIn(session: Session, _options: unknown, [wanted]: string[]): Promise<Outcome> {
  const { id } = await findConnection(session.api, wanted);
  const answer = await session.api.post<{ url: string; expiresAt: string }>(`/connections/${id}/sign-in`);
  return { doc: answer, text: `open this page in a browser, and let the hub in before ${answer.expiresAt}:\n\n${answer.url}`, ids: [id] };
}

async function settingsFile(session: Session, path: string | undefined): Promise<Record<string, unknown>> {
  if (path === undefined) return {};
  try {
    return JSON.parse(path === '-' ? await session.io.readStdin() : readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw usage(`--settings ${path} cannot be read as JSON: ${(error as Error).message}`);
  }
}

/** `port=8080` is a number and `silent=true` a flag; quotes make a text of it. */
function setting(pair: string): [string, unknown] {
  const at = pair.indexOf('=');
  if (at < 1) throw usage(`--set ${pair} must look like field=value`);
  const text = pair.slice(at + 1);
  try {
    return [pair.slice(0, at), JSON.parse(text)];
  } catch {
    return [pair.slice(0, at), text];
  }
}

interface TestAnswer {
  ok: boolean;
  checks: { name: string; ok: boolean; detail: string }[];
}
const checksText = ({ checks }: TestAnswer): string =>
  table(
    ['check', 'ok', 'detail'],
    checks.map(({ name, ok, detail }) => [name, ok ? 'yes' : 'NO', detail]),
  );

async function test(session: Session, _options: unknown, [wanted]: string[]): Promise<Outcome> {
  const { id } = await findConnection(session.api, wanted);
  const answer = await session.api.post<TestAnswer>(`/connections/${id}/test`);
  return { doc: answer, text: checksText(answer), ids: [id], code: answer.ok ? EXIT.ok : EXIT.failure };
}

async function secret(session: Session, options: { secret: string[] }, [wanted]: string[]): Promise<Outcome> {
  const { id, name } = await findConnection(session.api, wanted);
  const credentials = await readSecrets(session, { sources: options.secret, wanted: [] });
  await session.api.patch(`/connections/${id}`, { credentials });
  const fields = Object.keys(credentials);
  return { doc: { id, replaced: fields }, text: `${name}: ${fields.join(', ')} replaced`, ids: [id] };
}

async function steer(session: Session, wanted: string, verb: 'pause' | 'resume', body: object = {}): Promise<Outcome> {
  const { id, name } = await findConnection(session.api, wanted);
  await session.api.post(`/connections/${id}/${verb}`, body);
  return { doc: { id, [`${verb}d`]: true }, text: `${name} is ${verb}d`, ids: [id] };
}

async function steerStream(session: Session, [wanted, named]: string[], verb: string, body: object): Promise<Outcome> {
  const connection = await findConnection(session.api, wanted);
  const stream = findStream(connection, named);
  const answer = await session.api.post<object>(`/connections/${connection.id}/streams/${stream.name}/${verb}`, body);
  return {
    doc: { id: connection.id, stream: stream.name, done: verb, ...answer },
    text: `${connection.name} ${stream.name}: ${verb} done`,
    ids: [connection.id],
  };
}

async function remove(session: Session, { records }: { records?: string }, [wanted]: string[]): Promise<Outcome> {
  const { id, name } = await findConnection(session.api, wanted);
  if (records !== undefined && !['keep', 'detach'].includes(records)) throw usage('--records must be keep or detach');
  // Without a choice the API deletes nothing and says how many records are concerned.
  if (records !== undefined) await session.confirm(`this deletes the connection ${name} and its credentials (records: ${records})`);
  await session.api.delete(`/connections/${id}`, { records });
  return { doc: { id, deleted: true, records }, text: `${name} is deleted`, ids: [id] };
}
