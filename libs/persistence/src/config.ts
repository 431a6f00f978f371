import { readFileSync } from 'node:fs';

/** Every variable that a process reads; `.env.example`, docker-compose.yml and the tests are held against this list. */
export interface ConfigVariable {
  name: string;
  required: boolean;
  secret: boolean;
  fallback?: string;
  description: string;
}

const variable = (name: string, description: string, more: Partial<ConfigVariable> = {}): ConfigVariable => ({
  name,
  required: false,
  secret: false,
  description,
  ...more,
});

export const CONFIG_VARIABLES: readonly ConfigVariable[] = [
  variable(
    'DATABASE_URL',
    'PostgreSQL (15 or newer) as the application role, which must neither own tables nor bypass row-level security',
    { required: true, secret: true },
  ),
  variable('DATABASE_MIGRATION_URL', 'PostgreSQL as the owner of the schema; only migrations use it', { secret: true }),
  variable('TEMPORAL_ADDRESS', 'host:port of the Temporal frontend', { required: true }),
  variable('TEMPORAL_NAMESPACE', 'Temporal namespace', { fallback: 'default' }),
  variable('TASK_QUEUE', 'Temporal task queue that workers poll', { fallback: 'tributary' }),
  variable('TRIBUTARY_KEY', 'master key: 32 bytes as base64 or 64 hex digits; seals all credentials', { secret: true }),
  variable('TRIBUTARY_KEY_FILE', 'file that holds the master key, instead of TRIBUTARY_KEY'),
  variable('API_HOST', 'address that the API listens on', { fallback: '127.0.0.1' }),
  variable('API_PORT', 'port that the API listens on; 0 takes a free one', { fallback: '3000' }),
  variable('API_PUBLIC_URL', 'address at which vendors and browsers reach the API, such as https://hub.example.com'),
  variable('EGRESS_ALLOW', 'comma-separated host:port pairs that connections may reach although they are private or plain HTTP', {
    fallback: '',
  }),
  variable('PRIVATE_CA_FILE', 'PEM of a private certificate authority that vendors may use'),
  variable('MAPPINGS_DIR', 'folder of the mapping files', { fallback: 'mappings' }),
  variable('WORKFLOW_BUNDLE', 'prebuilt workflow bundle', { fallback: 'dist/workflow-bundle.js' }),
  variable('ALERT_WEBHOOK_URL', 'where alerts are posted as JSON', { secret: true }),
  variable('ALERT_SMTP_URL', 'smtp:// or smtps:// address that alerts are mailed through', { secret: true }),
  variable('ALERT_EMAIL_TO', 'comma-separated addresses that alerts are mailed to'),
  variable('ALERT_EMAIL_FROM', 'sender of alert mail', { fallback: 'tributary@localhost' }),
  variable('ALERT_ITEM_AGE_HOURS', 'hours after which an open item raises an alert', { fallback: '24' }),
  variable('RETENTION_RAW_DAYS', 'days that superseded raw payloads are kept', { fallback: '30' }),
  variable('RETENTION_INBOX_DAYS', 'days that webhook deliveries are kept', { fallback: '14' }),
  variable('RETENTION_RUN_DAYS', 'days that runs and their batches are kept', { fallback: '30' }),
  variable(
    'ERASURE_LOG',
    'file outside of the database that erasures are written to; a database restored from a backup repeats them from it before it serves',
  ),
  variable('LOG_LEVEL', 'fatal, error, warn, info or debug', { fallback: 'info' }),
];

export interface Config {
  databaseUrl: string;
  databaseMigrationUrl?: string;
  temporal: { address: string; namespace: string; taskQueue: string };
  masterKeyText: string;
  api: { host: string; port: number; publicUrl?: string };
  egressAllow: string[];
  privateCa?: string;
  mappingsDir: string;
  workflowBundle: string;
  alerts: { webhookUrl?: string; smtpUrl?: string; emailTo: string[]; emailFrom: string };
  alertItemAgeHours: number;
  retentionDays: { raw: number; inbox: number; run: number };
  erasureLog?: string;
  logLevel: string;
}

/** Everything that is wrong with the environment, at once. */
export class ConfigError extends Error {
  constructor(readonly faults: string[]) {
    super(`configuration is wrong:\n${faults.map((fault) => `  - ${fault}`).join('\n')}\nSee .env.example.`);
  }
}

/** Reads the environment once. @throws ConfigError that lists every fault. */
export function loadConfig(environment: Record<string, string | undefined>): Config {
  const faults: string[] = [];
  const read = new Map(CONFIG_VARIABLES.map(({ name, fallback }) => [name, environment[name] || fallback]));
  for (const { name, required, description } of CONFIG_VARIABLES)
    if (required && !read.get(name)) faults.push(`${name} is missing: ${description}`);
  const number = (name: string): number => numberOf(name, read.get(name) ?? '', faults);
  const file = (name: string): string | undefined => fileOf(name, read.get(name), faults);
  const list = (name: string): string[] =>
    (read.get(name) ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean);
  const config: Config = {
    databaseUrl: urlOf('DATABASE_URL', read.get('DATABASE_URL'), faults) ?? '',
    databaseMigrationUrl: urlOf('DATABASE_MIGRATION_URL', read.get('DATABASE_MIGRATION_URL'), faults),
    temporal: {
      address: read.get('TEMPORAL_ADDRESS') ?? '',
      namespace: read.get('TEMPORAL_NAMESPACE') ?? '',
      taskQueue: read.get('TASK_QUEUE') ?? '',
    },
    masterKeyText: read.get('TRIBUTARY_KEY') ?? file('TRIBUTARY_KEY_FILE')?.trim() ?? '',
    api: {
      host: read.get('API_HOST') ?? '',
      port: number('API_PORT'),
      publicUrl: publicUrlOf(read.get('API_PUBLIC_URL'), faults),
    },
    egressAllow: list('EGRESS_ALLOW'),
    privateCa: file('PRIVATE_CA_FILE'),
    mappingsDir: read.get('MAPPINGS_DIR') ?? '',
    workflowBundle: read.get('WORKFLOW_BUNDLE') ?? '',
    alerts: {
      webhookUrl: read.get('ALERT_WEBHOOK_URL'),
      smtpUrl: read.get('ALERT_SMTP_URL'),
      emailTo: list('ALERT_EMAIL_TO'),
      emailFrom: read.get('ALERT_EMAIL_FROM') ?? '',
    },
    alertItemAgeHours: number('ALERT_ITEM_AGE_HOURS'),
    retentionDays: { raw: number('RETENTION_RAW_DAYS'), inbox: number('RETENTION_INBOX_DAYS'), run: number('RETENTION_RUN_DAYS') },
    erasureLog: read.get('ERASURE_LOG'),
    logLevel: read.get('LOG_LEVEL') ?? 'info',
  };
  if (!config.masterKeyText)
    faults.push('TRIBUTARY_KEY or TRIBUTARY_KEY_FILE is missing: 32 random bytes, for instance from `openssl rand -base64 32`');
  if (!['fatal', 'error', 'warn', 'info', 'debug'].includes(config.logLevel))
    faults.push('LOG_LEVEL must be fatal, error, warn, info or debug');
  for (const pair of config.egressAllow) if (!/^.+:\d+$/.test(pair)) faults.push(`EGRESS_ALLOW: "${pair}" must be host:port`);
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

function numberOf(name: string, text: string, faults: string[]): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) faults.push(`${name} must be a whole number, not negative`);
  return value;
}

function urlOf(name: string, text: string | undefined, faults: string[]): string | undefined {
  if (text && !/^postgres(ql)?:\/\//.test(text)) faults.push(`${name} must begin with postgres://`);
  return text;
}

/** Without a slash at its end. */
function publicUrlOf(text: string | undefined, faults: string[]): string | undefined {
  if (!text) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash) return text.replace(/\/+$/, '');
  faults.push('API_PUBLIC_URL must be an address such as https://hub.example.com, without a query');
  return undefined;
}

function fileOf(name: string, path: string | undefined, faults: string[]): string | undefined {
  if (!path) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch {
    faults.push(`${name}: the file cannot be read`);
    return undefined;
  }
}
