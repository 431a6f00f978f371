import Ajv from 'ajv';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { CONFIG_VARIABLES } from '#hub/persistence';

interface Service {
  image?: string;
  command?: string[];
  environment?: Record<string, string>;
  depends_on?: string[] | Record<string, { condition: string }>;
  ports?: string[];
  secrets?: string[];
}
interface Compose {
  services: Record<string, Service>;
  [part: string]: unknown;
}

const ROOT = resolve(__dirname, '..', '..');
const text = (file: string): string => readFileSync(resolve(ROOT, file), 'utf8');
const compose = (): Compose => parse(text('docker-compose.yml'), { merge: true }) as Compose;
const OURS = ['api', 'worker', 'migrate'];

/** Faults of a compose file against the specification's own schema. */
function schemaFaults(file: unknown): string[] {
  const schema = JSON.parse(text('test/packaging/compose-spec.schema.json')) as object;
  const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile({ ...schema, $schema: undefined });
  validate(file);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** What our services are given that no process reads, and what they lack although none runs without it. */
function configurationFaults({ services }: Compose): string[] {
  const known = new Map(CONFIG_VARIABLES.map((one) => [one.name, one]));
  return OURS.flatMap((name) => {
    const given = Object.keys(services[name].environment ?? {});
    const unknown = given.filter((variable) => !known.has(variable)).map((variable) => `${name}: nobody reads ${variable}`);
    const needed =
      name === 'migrate'
        ? ['DATABASE_URL', 'DATABASE_MIGRATION_URL']
        : [...known.values()].filter((one) => one.required).map((one) => one.name);
    const missing = needed.filter((variable) => !given.includes(variable)).map((variable) => `${name}: ${variable} is missing`);
    return [...unknown, ...missing, ...(name === 'migrate' ? [] : keyFaults(name, services[name]))];
  });
}

/** The master key is no single required variable: it comes as a file here, which the service must be given. */
function keyFaults(name: string, { environment = {}, secrets = [] }: Service): string[] {
  const file = environment.TRIBUTARY_KEY_FILE;
  if (!file) return [`${name}: TRIBUTARY_KEY_FILE is missing`];
  return secrets.some((secret) => file === `/run/secrets/${secret}`) ? [] : [`${name}: ${file} is not mounted`];
}

/** Passwords of addresses and of variables that are written out instead of demanded from `.env`. */
function passwordFaults({ services }: Compose): string[] {
  const demanded = /^\$\{\w+:\?[^}]+\}$/;
  return Object.entries(services).flatMap(([name, { environment = {} }]) =>
    Object.entries(environment)
      .map(([variable, value]) => [variable, /PASSWORD|PWD/.test(variable) ? value : /:\/\/[^:/]+:(.+)@/.exec(value)?.[1]])
      .filter(([, password]) => password !== undefined && !demanded.test(password))
      .map(([variable]) => `${name}: ${variable} holds a password`),
  );
}

/** `${NAME…}` of the whole file. */
const interpolated = (file: string): string[] => [...new Set([...file.matchAll(/(?<!\$)\$\{(\w+)/g)].map(([, name]) => name))];
const exampleNames = (file: string): string[] => [...file.matchAll(/^#?([A-Z][A-Z_]+)=/gm)].map(([, name]) => name);

describe('docker-compose.yml', () => {
  it('keeps to the compose specification', () => {
    expect(schemaFaults(compose())).toEqual([]);
    const misspelt = compose();
    expect(schemaFaults({ ...misspelt, services: { ...misspelt.services, api: { ...misspelt.services.api, imagee: 'x' } } })).not.toEqual(
      [],
    );
  });

  it('gives our processes exactly what the typed configuration reads', () => {
    expect(configurationFaults(compose())).toEqual([]);
    const wrong = compose();
    wrong.services.worker.environment = { DATABASE_URI: 'x' };
    expect(configurationFaults(wrong)).toEqual([
      'worker: nobody reads DATABASE_URI',
      'worker: DATABASE_URL is missing',
      'worker: TEMPORAL_ADDRESS is missing',
      'worker: TRIBUTARY_KEY_FILE is missing',
    ]);
    const unmounted = compose();
    unmounted.services.api.secrets = [];
    expect(configurationFaults(unmounted)).toEqual(['api: /run/secrets/master_key is not mounted']);
  });

  it('has PostgreSQL 18, Temporal with its schema set-up, migrations, API and worker, in this order', () => {
    const { services } = compose();
    expect(services.postgres.image).toMatch(/^postgres:18\./);
    const needs = (name: string): string[] =>
      Array.isArray(services[name].depends_on) ? (services[name].depends_on as string[]) : Object.keys(services[name].depends_on ?? {});
    const after = (name: string): string[] => needs(name).flatMap((one) => [one, ...after(one)]);
    for (const name of ['api', 'worker'])
      expect(after(name)).toEqual(expect.arrayContaining(['postgres', 'temporal-schema', 'temporal', 'migrate']));
    expect(services.api.depends_on).toMatchObject({ migrate: { condition: 'service_completed_successfully' } });
  });

  it('pins every image, runs built programs, and opens no port beyond this machine', () => {
    for (const { image } of Object.values(compose().services)) expect(image).toMatch(/:\d+\.\d+/);
    for (const name of OURS) {
      const [program] = compose().services[name].command as string[];
      expect([program, existsSync(resolve(ROOT, program.replace(/^dist\//, '').replace(/\.js$/, '.ts')))]).toEqual([program, true]);
    }
    const ports = Object.values(compose().services).flatMap((service) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('holds no password; what it needs is explained in .env.example', () => {
    const example = exampleNames(text('.env.example'));
    expect(interpolated(text('docker-compose.yml')).filter((name) => !example.includes(name))).toEqual([]);
    for (const [, fallback] of text('docker-compose.yml').matchAll(/PASSWORD:-([^}]*)}/g)) expect(fallback).toBe('');
    expect(text('.env.example')).not.toMatch(/PASSWORD=\S/);
    expect(passwordFaults(compose())).toEqual([]);
    const planted = compose();
    planted.services.api.environment = { DATABASE_URL: 'postgres://tributary_app:planted@postgres:5432/tributary' };
    planted.services.temporal.environment = { POSTGRES_PWD: 'planted' };
    expect(passwordFaults(planted).sort()).toEqual(['api: DATABASE_URL holds a password', 'temporal: POSTGRES_PWD holds a password']);
  });
});

describe('.env.example', () => {
  it('names every variable that a process reads, and no other but those of compose', () => {
    const names = exampleNames(text('.env.example'));
    expect(CONFIG_VARIABLES.map(({ name }) => name).filter((name) => !names.includes(name))).toEqual([]);
    const known = new Set([...CONFIG_VARIABLES.map(({ name }) => name), ...interpolated(text('docker-compose.yml'))]);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });

  it('shows the fallbacks that hold', () => {
    const shown = new Map([...text('.env.example').matchAll(/^#([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
    for (const { name, fallback } of CONFIG_VARIABLES)
      if (fallback !== undefined) expect([name, shown.get(name)]).toEqual([name, fallback]);
  });
});

describe('Dockerfile', () => {
  const lines = (): string[] => text('Dockerfile').split('\n');

  it('builds in one stage, runs in another, pinned and not as root', () => {
    const stages = lines().filter((line) => line.startsWith('FROM '));
    expect(stages.length).toBeGreaterThan(1);
    for (const stage of stages) expect(stage).toMatch(/^FROM node:\d+\.\d+\.\d+-bookworm-slim/);
    const last = lines().slice(lines().lastIndexOf(stages.at(-1) as string));
    expect(last.filter((line) => line.startsWith('USER '))).toEqual(['USER node']);
  });

  it('copies what exists and what .dockerignore lets through', () => {
    const allowed = text('.dockerignore')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
    const sources = lines().flatMap((line) => (/^COPY (?!--from)/.test(line) ? line.split(' ').slice(1, -1) : []));
    expect(sources.length).toBeGreaterThan(5);
    for (const source of sources)
      expect([source, existsSync(resolve(ROOT, source)), allowed.includes(source)]).toEqual([source, true, true]);
  });
});
