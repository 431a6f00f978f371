import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generatePeople, PEOPLE_COLUMNS } from '../../../../test/gen/generate-people.js';
import { runCli } from '../run-cli.js';

const nobody = () => Promise.reject(new Error('nobody is there'));

describe('tributary identity', () => {
  let folder: string;
  let people: string;
  let map: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tributary-identity-'));
    people = join(folder, 'people.csv');
    map = join(folder, 'map.json');
    const rows = [...generatePeople({ records: 600, seed: 5 })].map((row) => PEOPLE_COLUMNS.map((column) => ` "${row[column]}"`).join(','));
    writeFileSync(people, `\ufeff${[PEOPLE_COLUMNS.join(', '), ...rows].join('\r\n')}\r\n\r\n`);
    writeFileSync(
      map,
      JSON.stringify({ record_id: 'id', first_name: 'givenName', last_name: 'familyName', email: 'email', phone: 'phone' }),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function run(...args: string[]) {
    const said = { out: '', err: '' };
    const code = await runCli(['identity', ...args], {
      out: (text) => (said.out += text),
      err: (text) => (said.err += text),
      env: {},
      interactive: false,
      ask: nobody,
      askSecret: nobody,
      readStdin: nobody,
      sleep: () => Promise.resolve(),
    });
    return { code, ...said };
  }

  it('holds the matching against labels in one JSON line', async () => {
    const { code, out } = await run('bench', '--csv', people, '--map', map, '--truth', 'person_id');
    expect(code).toBe(0);
    const figures = JSON.parse(out);
    expect(out.trim().split('\n')).toHaveLength(1);
    expect(figures).toMatchObject({
      records: 600,
      pairF1: expect.any(Number),
      peakRssMb: expect.any(Number),
      largestCluster: expect.any(Number),
    });
    expect(figures.clusteredF1).toBeGreaterThan(0.85);
    expect(figures.candidatePairs).toBeGreaterThan(100);
  });

  it('writes a model, the clusters as CSV, and why two records have their score', async () => {
    const model = join(folder, 'model.json');
    expect((await run('train', '--csv', people, '--map', map, '--out', model)).code).toBe(0);
    expect(JSON.parse(readFileSync(model, 'utf8'))).toMatchObject({ version: 1, seed: 1, comparisons: expect.any(Array) });
    const lines = (await run('resolve', '--csv', people, '--map', map)).out.trim().split('\n');
    expect(lines).toHaveLength(601);
    expect(lines[0]).toBe('record,cluster');
    const explained = JSON.parse((await run('explain', '0', '1', '--csv', people, '--map', map, '--json')).out);
    const sum = explained.contributions.reduce((total: number, { weight }: { weight: number }) => total + weight, 0);
    expect(sum).toBeCloseTo(explained.score, 9);
  });

  it.each([
    ['a column that is not there', { surname: 'familyName' }, /no column "surname"; it has record_id/],
    ['a kind that is none', { last_name: 'surname' }, /"last_name" is "surname", which is none of/],
    ['a map without columns', [], /must be a JSON object/],
  ])('refuses %s by name', async (_, wrong, message) => {
    const file = join(folder, 'wrong.json');
    writeFileSync(file, JSON.stringify(wrong));
    const { code, err } = await run('bench', '--csv', people, '--map', file, '--truth', 'person_id');
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  it('refuses a file that is no CSV by name and line', async () => {
    const file = join(folder, 'broken.csv');
    writeFileSync(file, `${PEOPLE_COLUMNS.join(',')}\n1,"never closed\n`);
    const { code, err } = await run('bench', '--csv', file, '--map', map, '--truth', 'person_id');
    expect(code).toBe(2);
    expect(err).toMatch(/broken\.csv is no CSV: .*line/);
  });

  it('refuses a file that is not there, a record that is not there and a pattern that is none', async () => {
    expect((await run('resolve', '--csv', join(folder, 'none.csv'), '--map', map)).err).toMatch(/none\.csv cannot be read/);
    expect((await run('explain', '0', 'x', '--csv', people, '--map', map)).err).toMatch(/there is no record "x"/);
    expect((await run('bench', '--csv', people, '--map', map, '--truth', 'person_id', '--truth-pattern', '(')).err).toMatch(
      /no regular expression/,
    );
    expect((await run('bench', '--csv', people, '--map', map, '--truth', 'person_id', '--seed', 'x')).err).toMatch(/whole number/);
  });
});
