import { compileMapping, parseMapping, type CompiledMapping } from '#hub/mapping';
import { watchStreams } from '#hub/sync';
import { imapSmtp } from '#connector/imap-smtp';
import { ImapFlow } from 'imapflow';
import { readFileSync } from 'node:fs';
import { startMailServers, type MailServers } from '../../connectors/imap-smtp/real-servers.js';
import { describeIf } from '../capabilities.js';
import { PaperHub, type PaperStream } from './paper-hub.js';
import { paperConnector, PaperVendor } from './paper-vendor.js';

function compiled(text: string): CompiledMapping {
  const { mapping, faults } = parseMapping(text, 'test.yaml');
  if (!mapping) throw new Error(JSON.stringify(faults));
  return compileMapping(mapping);
}
const ats = (stream: string, into: string, rest: string) =>
  compiled(`mapping: ats.${stream}\nversion: 1\nfrom: { connector: ats, stream: ${stream} }\ninto: ${into}\n${rest}\n`);
const MAPPINGS = () => [
  ats('clients', 'client', 'fields:\n  - { to: name, from: name }\n  - { to: domain, from: domain }'),
  ats('jobs', 'job', 'parents: { client: { externalId: client } }\nfields:\n  - { to: title, from: title }'),
  ats('people', 'candidate', 'fields:\n  - { to: displayName, from: name }\n  - { to: emails, from: mail, as: emails }'),
  ats(
    'applications',
    'application',
    'parents: { candidate: { externalId: person }, job: { externalId: job } }\nfields:\n  - { to: outcome, value: ACTIVE }',
  ),
  compiled(readFileSync('mappings/imap-smtp/messages.yaml', 'utf8')),
];

describeIf('dovecot', 'a mailbox beside an ATS', () => {
  let servers: MailServers;
  let hand: ImapFlow;
  let house: PaperHub;
  let streams: Record<string, PaperStream>;
  let mail: PaperStream;
  const vendors = { clients: new PaperVendor(), jobs: new PaperVendor(), people: new PaperVendor(), applications: new PaperVendor() };
  let ref: string;
  beforeAll(async () => {
    servers = await startMailServers({ users: { hr: 'pass-word-1', boss: 'pass-word-2' } });
    hand = new ImapFlow({
      host: '127.0.0.1',
      port: servers.imapPort,
      secure: false,
      doSTARTTLS: false,
      auth: { user: 'hr', pass: 'pass-word-1' },
      logger: false,
    });
    await hand.connect();
    house = await PaperHub.open({
      connectors: [
        paperConnector('ats', 'ats', {
          clients: { entity: 'client', vendor: vendors.clients },
          jobs: { entity: 'job', vendor: vendors.jobs },
          people: { entity: 'candidate', vendor: vendors.people },
          applications: { entity: 'application', vendor: vendors.applications },
        }),
        imapSmtp,
      ],
      mappings: MAPPINGS(),
      egress: [`127.0.0.1:${servers.imapPort}`],
    });
    streams = await house.connect('ats', { systemOfRecord: true });
    ({ messages: mail } = await house.connect('imap-smtp', {
      settings: { imapHost: '127.0.0.1', imapPort: servers.imapPort, imapSecurity: 'none', address: 'hr@example.org' },
      credentials: { username: 'hr', password: 'pass-word-1' },
    }));
    vendors.clients.put('k1', { name: 'Acme', domain: 'acme.example' });
    vendors.jobs.put('j1', { title: 'Analyst', client: 'k1' });
    vendors.jobs.put('j2', { title: 'Engineer', client: 'k1' });
    vendors.people.put('p1', { name: 'Ada', mail: 'ada@people.example' });
    vendors.people.put('p2', { name: 'Bob', mail: 'bob@people.example' });
    vendors.applications.put('a1', { person: 'p1', job: 'j1' });
    vendors.applications.put('a2', { person: 'p2', job: 'j1' });
    vendors.applications.put('a3', { person: 'p2', job: 'j2' });
    for (const name of ['clients', 'jobs', 'people', 'applications']) await house.sync(streams[name]);
    ref = await refOf('a3');
  }, 90_000);
  afterAll(async () => {
    hand?.close();
    await house?.close();
    await servers?.stop();
  });

  const refOf = async (externalId: string) => {
    const [row] = await house.rows<{ ref: string }>(
      `SELECT c.ref FROM cluster c JOIN cluster_member m ON m.cluster_id = c.id JOIN source_record s ON s.id = m.record_id WHERE s.external_id = $1`,
      [externalId],
    );
    return row.ref;
  };
  let count = 0;
  const put = async (fields: Record<string, string>, folder = 'INBOX', file?: string) => {
    const id = `<m${(count += 1)}@example.com>`;
    const all: Record<string, string> = {
      'Message-ID': id,
      To: 'hr@example.org',
      Date: 'Tue, 01 Dec 2026 10:00:00 +0100',
      Subject: 'Hello',
      ...fields,
    };
    const parts = file === undefined ? [`Text of ${id}\r\n`] : withFile(`Text of ${id}`, file);
    if (file !== undefined) all['Content-Type'] = 'multipart/mixed; boundary=cut';
    const head = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
    const raw = [...head, '', ...parts].join('\r\n');
    await hand.append(folder, raw);
    return all['Message-ID'];
  };
  const withFile = (text: string, file: string) => [
    '--cut',
    'Content-Type: text/plain',
    '',
    text,
    '--cut',
    'Content-Type: application/pdf; name=cv.pdf',
    'Content-Disposition: attachment; filename=cv.pdf',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(file).toString('base64'),
    '--cut--',
    '',
  ];
  /** Contents of files, of these messages. */
  const filesOf = async (...messageIds: string[]) => {
    const rows = await house.rows<{ id: string; bytes: Buffer }>(
      `SELECT s.values -> 'email' ->> 'messageId' AS id, c.bytes FROM record_file f JOIN file_content c ON c.sha256 = f.sha256 AND c.sha256 = f.file_id
       JOIN source_record s ON s.connection_id = f.connection_id AND s.external_id = f.external_id
       WHERE f.stream = 'messages' AND c.mime = 'application/pdf' AND s.values -> 'attachments' @> jsonb_build_array(jsonb_build_object('sha256', c.sha256))`,
    );
    return rows.flatMap(({ id, bytes }) => (messageIds.includes(id) ? [bytes.toString()] : []));
  };
  /** Message id → external ids of what it hangs on, by role. */
  const landed = async () => {
    const rows = await house.rows<{ id: string; parents: Record<string, string> | null }>(
      `SELECT s.values -> 'email' ->> 'messageId' AS id, (SELECT jsonb_object_agg(p.role, q.external_id) FROM record_parent p JOIN source_record q ON q.id = p.parent_id WHERE p.record_id = s.id) AS parents
       FROM source_record s WHERE s.stream_id = $1 AND s.deleted_at IS NULL`,
      [mail.streamId],
    );
    return Object.fromEntries(rows.map(({ id, parents }) => [id, parents]));
  };
  const FAMILY = { application: 'a1', candidate: 'p1', job: 'j1', client: 'k1' };

  test('mail lands on candidate, application, job and client; of strangers nothing is kept', async () => {
    const known = await put({ From: 'Ada <Ada@People.example>' });
    const out = await put({ From: 'hr@example.org', To: 'ada@people.example' }, 'Sent');
    const two = await put({ From: 'bob@people.example' });
    const byNumber = await put({ From: 'agency@elsewhere.example', To: `hr+${ref}@example.org` });
    const contact = await put({ From: 'boss@acme.example' });
    await put({ From: 'stranger@elsewhere.example', Subject: 'private' });
    await put({ From: 'news@people.example', 'List-Id': '<news.people.example>' });
    const run = await house.sync(mail);
    expect(run).toMatchObject({ state: 'done', totals: { read: 7, created: 5, excluded: 2 } });
    expect(await landed()).toEqual({
      [known]: FAMILY,
      [out]: FAMILY,
      // Two applications are under way: nobody guesses which one is meant.
      [two]: { candidate: 'p2' },
      [byNumber]: { application: 'a3', candidate: 'p2', job: 'j2', client: 'k1' },
      [contact]: { client: 'k1' },
    });
    expect(await house.rows(`SELECT 1 FROM raw WHERE payload LIKE '%stranger@%'`)).toEqual([]);
  });

  test('attachments are kept with their message, once; of strangers none, until they are candidates', async () => {
    const known = await put({ From: 'ada@people.example', Subject: 'My papers' }, 'INBOX', 'papers of Ada');
    const again = await put({ From: 'ada@people.example', Subject: 'Once more' }, 'INBOX', 'papers of Ada');
    const late = await put({ From: 'late@elsewhere.example', Subject: 'My papers' }, 'INBOX', 'papers of Late');
    await house.sync(mail);
    expect(await filesOf(known, again, late)).toEqual(['papers of Ada', 'papers of Ada']);
    const contents = () => house.rows<{ bytes: Buffer }>(`SELECT bytes FROM file_content ORDER BY bytes`);
    expect((await contents()).map(({ bytes }) => bytes.toString())).toEqual(['papers of Ada']);
    vendors.people.put('p4', { name: 'Late', mail: 'late@elsewhere.example' });
    await house.sync(streams.people);
    await house.reconcile(mail);
    await house.hints(mail);
    await house.reconcile(mail);
    expect(await filesOf(late)).toEqual(['papers of Late']);
  });

  test('a number in a subject counts beside its candidate only; two numbers are a question', async () => {
    const beside = await put({ From: 'bob@people.example', Subject: `Re: [${ref}] tomorrow` });
    await put({ From: 'stranger@elsewhere.example', Subject: `about ${ref}` });
    const other = await refOf('a1');
    await put({ From: 'bob@people.example', To: `hr+${ref}@example.org`, Subject: `about ${other}` });
    const run = await house.sync(mail);
    expect(run).toMatchObject({ state: 'done', totals: { created: 1, excluded: 1, parked: 1 } });
    expect((await landed())[beside]).toMatchObject({ application: 'a3', job: 'j2' });
    expect(await house.rows(`SELECT code FROM error_item WHERE state <> 'resolved'`)).toEqual([{ code: 'AMBIGUOUS_MATCH' }]);
  });

  test('an answer hangs where what it answers hangs; a forged ancestry hangs nowhere', async () => {
    const question = await put(
      { From: 'hr@example.org', To: 'ada@people.example, manager@elsewhere.example', Subject: 'Ada, second round' },
      'Sent',
    );
    const answer = await put({
      From: 'manager@elsewhere.example',
      Subject: 'AW: Ada, second round',
      'In-Reply-To': question,
      References: question,
    });
    const later = await put({ From: 'manager@elsewhere.example', Subject: 'Re: Ada, second round', References: `${question} ${answer}` });
    const otherSubject = await put({ From: 'manager@elsewhere.example', Subject: 'Lunch', References: question });
    const forged = await put({ From: 'evil@elsewhere.example', Subject: 'Ada, second round', References: question });
    await house.sync(mail);
    const all = await landed();
    expect([all[question], all[answer], all[later]]).toEqual([FAMILY, FAMILY, FAMILY]);
    expect(Object.keys(all)).not.toEqual(expect.arrayContaining([otherSubject]));
    expect(Object.keys(all)).not.toContain(forged);
  });

  test('moved it stays one; deleted it goes; whoever becomes a candidate later gets their mail by reconciliation', async () => {
    const before = Object.keys(await landed()).length;
    await hand.mailboxOpen('INBOX');
    await hand.messageDelete({ header: { 'message-id': 'm1@' } });
    await hand.messageMove({ header: { 'message-id': 'm3@' } }, 'Sent');
    const run = await house.sync(mail);
    expect(run).toMatchObject({ state: 'done', totals: { deleted: 1, created: 0 } });
    expect(Object.keys(await landed())).toHaveLength(before - 1);
    vendors.people.put('p3', { name: 'Stranger', mail: 'stranger@elsewhere.example' });
    await house.sync(streams.people);
    await house.reconcile(mail);
    await house.hints(mail);
    await house.reconcile(mail);
    expect(Object.values(await landed()).filter((parents) => parents?.candidate === 'p3')).toHaveLength(2);
    const [last] = await house.rows(`SELECT unexplained, explained FROM reconciliation ORDER BY completed_at DESC LIMIT 1`);
    // The question about two numbers is open, and says so; nothing else differs.
    expect(last).toEqual({ unexplained: 0, explained: 1 });
  });

  test('what arrives is told by the server, and asks for a run', async () => {
    const end = new AbortController();
    const failures: string[] = [];
    // Other tests keep mailboxes in this database too, and their servers end with them.
    const onFailure = ({ streamId, code }: { streamId: string; code: string }) => void (streamId === mail.streamId && failures.push(code));
    const watching = watchStreams(house.hub, { signal: end.signal, everyMs: 200, onFailure });
    const asked = async () =>
      (
        await house.rows<{ id: string }>(`SELECT id FROM run WHERE stream_id = $1 AND cause = 'webhook' AND state = 'queued'`, [
          mail.streamId,
        ])
      ).length;
    const until = async (count: number) => {
      for (let tries = 0; tries < 100 && (await asked()) !== count; tries += 1) await new Promise((later) => setTimeout(later, 50));
      expect(await asked()).toBe(count);
    };
    // Whoever begins to listen asks once: something may have come before.
    await until(1);
    await house.sync(mail);
    await until(0);
    for (const folder of ['INBOX', 'Sent']) {
      await put({ From: 'ada@people.example', Subject: `news in ${folder}` }, folder);
      await until(1);
      await house.sync(mail);
      await until(0);
    }
    end.abort();
    await watching;
    expect(failures).toEqual([]);
  });

  test('what two mailboxes of the tenant hold is one communication', async () => {
    const { messages: other } = await house.connect('imap-smtp', {
      name: 'mailbox of the boss',
      settings: { imapHost: '127.0.0.1', imapPort: servers.imapPort, imapSecurity: 'none', address: 'boss@example.org' },
      credentials: { username: 'boss', password: 'pass-word-2' },
    });
    const id = await put({ From: 'ada@people.example', To: 'hr@example.org, boss@example.org', Subject: 'To both' });
    const boss = new ImapFlow({
      host: '127.0.0.1',
      port: servers.imapPort,
      secure: false,
      doSTARTTLS: false,
      auth: { user: 'boss', pass: 'pass-word-2' },
      logger: false,
    });
    await boss.connect();
    await hand.mailboxOpen('INBOX');
    const [{ source }] = await hand.fetchAll({ header: { 'message-id': id } }, { source: true });
    await boss.append('INBOX', source ?? '');
    boss.close();
    await house.sync(mail);
    await house.sync(other);
    const rows = await house.rows<{ records: number; clusters: number }>(
      `SELECT count(*)::int AS records, count(DISTINCT m.cluster_id)::int AS clusters FROM source_record s JOIN cluster_member m ON m.record_id = s.id AND m.valid_to IS NULL
       WHERE s.values -> 'email' ->> 'messageId' = $1`,
      [id],
    );
    expect(rows).toEqual([{ records: 2, clusters: 1 }]);
  });

  test('a message that comes from where it was stored is read again for its attachments', async () => {
    const id = await put({ From: 'ada@people.example', Subject: 'A photo' }, 'INBOX', 'photo of Ada');
    await house.sync(mail);
    expect(await filesOf(id)).toEqual(['photo of Ada']);
    await house.rows(
      `WITH forgotten AS (DELETE FROM record_file WHERE external_id = (SELECT external_id FROM source_record WHERE stream_id = $1 AND values -> 'email' ->> 'messageId' = $2)),
         older AS (UPDATE source_record SET hash = gen_random_uuid() WHERE stream_id = $1 AND values -> 'email' ->> 'messageId' = $2)
       INSERT INTO waiting (tenant_id, stream_id, external_id, raw_id, parent_stream_id, parent_external_id, released_at)
       SELECT tenant_id, stream_id, external_id, raw_id, stream_id, 'parent', now() FROM source_record WHERE stream_id = $1 AND values -> 'email' ->> 'messageId' = $2`,
      [mail.streamId, id],
    );
    expect(await filesOf(id)).toEqual([]);
    await house.retries(mail);
    await house.hints(mail);
    expect(await filesOf(id)).toEqual(['photo of Ada']);
  });
});
