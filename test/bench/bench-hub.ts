import { join } from 'node:path';
import { defineConnector, none, type Connector } from '#hub/connector-sdk';
import { loadMappings } from '#hub/mapping';
import { PaperHub, type PaperStream, type RunResult } from '../engine/paper-hub.js';

class NoSettings {}

/** A hub whose one vendor answers from memory, with the mapping of Ashby's candidates as it is shipped. */
export async function openBenchHub(appUrl: string, pages: readonly string[]): Promise<{ hub: PaperHub; stream: PaperStream }> {
  process.env.DATABASE_URL = appUrl;
  const mappings = loadMappings(join(process.cwd(), 'mappings')).filter((one) => one.name === 'ashby.candidates');
  const hub = await PaperHub.open({ connectors: [vendorOf(pages)], mappings });
  const { candidates } = await hub.connect('ashby', { systemOfRecord: true });
  return { hub, stream: candidates };
}

/** One whole walk, to its end. @throws Error when any record ended otherwise than expected. */
export async function walk(
  { hub, stream }: { hub: PaperHub; stream: PaperStream },
  expected: { outcome: 'created' | 'unchanged'; records: number },
): Promise<number> {
  const started = performance.now();
  const result: RunResult = await hub.sync(stream);
  const seconds = (performance.now() - started) / 1_000;
  const right = result.state === 'done' && result.failureCode === null && Number(result.totals[expected.outcome]) === expected.records;
  if (!right) throw new Error(`the walk was to end with ${expected.records} ${expected.outcome}: ${JSON.stringify(result)}`);
  return seconds;
}

function vendorOf(pages: readonly string[]): Connector {
  return defineConnector({
    id: 'ashby',
    name: 'Ashby from memory',
    category: 'ats',
    settings: NoSettings,
    auth: none(),
    http: () => ({ baseUrl: 'https://paper.invalid' }),
    throttle: { perSecond: 1_000_000 },
    account: () => 'bench',
    classify: () => 'TRANSIENT',
    check: () => Promise.resolve([]),
    streams: {
      candidates: {
        entity: 'candidate',
        cursor: { kind: 'token' },
        deletes: 'event',
        fetch: () => Promise.resolve({ state: 'gone' }),
        pull: ({ cursor }) => {
          const at = cursor === undefined || cursor === 'end' ? 0 : Number(cursor);
          const { results } = JSON.parse(pages[at]) as { results: { id: string }[] };
          const done = at === pages.length - 1;
          const records = results.map((payload) => ({ externalId: payload.id, payload }));
          return Promise.resolve({ records, nextCursor: done ? 'end' : String(at + 1), done });
        },
      },
    },
  }) as Connector;
}
