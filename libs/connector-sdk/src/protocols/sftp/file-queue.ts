import type { ConnectorContext, RawRecord } from '../../connector.js';
import type { SftpFile } from '../../sftp/sftp-client.js';
import { queueWalk } from '../../walks/queue-walk.js';
import type { Walk } from '../../walks/walk.js';

export interface FileQueueOptions<Settings> {
  folder: (settings: Settings) => string;
  /** Where files go once their records are stored, with the time before their name: nothing is deleted. */
  done: (settings: Settings) => string;
  /** Files that count; default all. What is still being written should have another name, such as `x.csv.part`. */
  matches?: RegExp;
  records: (file: SftpFile & { bytes: Buffer }, settings: Settings) => RawRecord[];
}

/** A folder of files that a partner drops, oldest name first: each is read once, and moved away after its records are stored. */
export function fileQueue<Settings>({ folder, done, matches = /./, records }: FileQueueOptions<Settings>): Walk<Settings> {
  return queueWalk<Settings>({
    scope: 'folder',
    async take(context) {
      const [file] = (await context.sftp.list(folder(context.settings))).filter(({ name }) => matches.test(name));
      if (!file) return undefined;
      const bytes = await context.sftp.read(placeOf(folder, context, file.name));
      return { id: file.name, records: records({ ...file, bytes }, context.settings) };
    },
    // Tomorrow's file has the same name.
    acknowledge: (context, name) =>
      context.sftp.move(
        placeOf(folder, context, name),
        placeOf(done, context, `${context.now().toISOString().replaceAll(':', '-')} ${name}`),
      ),
  });
}

function placeOf<Settings>(folder: (settings: Settings) => string, { settings }: ConnectorContext<Settings>, name: string): string {
  return `${folder(settings).replace(/\/$/, '')}/${name}`;
}
