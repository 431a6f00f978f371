import { readFileSync } from 'node:fs';
import { usage } from '../cli-failure.js';
import type { Session } from '../session.js';

/**
 * Credentials from the environment, files or stdin, never from the command line, where others could read them. What is wanted and not
 * named is asked for at a terminal.
 */
export async function readSecrets(
  session: Session,
  { sources, wanted }: { sources: string[]; wanted: string[] },
): Promise<Record<string, string>> {
  const secrets: Record<string, string> = {};
  for (const source of sources) {
    const [, field, place] = /^([A-Za-z]\w*)=(.+)$/s.exec(source) ?? [];
    if (!field || !place) throw usage('--secret must look like field=env:NAME, field=file:PATH or field=-');
    secrets[field] = await readFrom(session, field, place);
  }
  for (const field of wanted.filter((name) => !(name in secrets))) {
    if (!session.io.interactive)
      throw usage(`the credential ${field} is missing: --secret ${field}=env:NAME, ${field}=file:PATH or ${field}=-`);
    secrets[field] = await session.io.askSecret(`${field}: `);
  }
  return secrets;
}

async function readFrom(session: Session, field: string, place: string): Promise<string> {
  if (place === '-') return (await session.io.readStdin()).trim();
  if (place.startsWith('env:')) {
    const value = session.io.env[place.slice(4)];
    if (value) return value;
    throw usage(`--secret ${field}: the variable ${place.slice(4)} is not set`);
  }
  if (!place.startsWith('file:'))
    throw usage(`--secret ${field} must say env:NAME, file:PATH or -; a secret on the command line can be read by others`);
  try {
    return readFileSync(place.slice(5), 'utf8').trim();
  } catch {
    throw usage(`--secret ${field}: the file ${place.slice(5)} cannot be read`);
  }
}
