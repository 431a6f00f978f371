import { required, type AuthScheme } from './scheme.js';

/** A user name with a password, or with a private key (OpenSSH or PEM), at an SFTP server. The passphrase may be left out. */
export function sshAccess(fields: { username: string } & ({ password: string } | { privateKey: string; passphrase?: string })): AuthScheme {
  return {
    kind: 'ssh',
    credentials: [fields.username, 'password' in fields ? fields.password : fields.privateKey],
    async authorize({ tokens }) {
      const user = await required(tokens, fields.username);
      if ('password' in fields) return { ssh: { user, password: await required(tokens, fields.password) } };
      const passphrase = fields.passphrase === undefined ? undefined : await tokens.read(fields.passphrase);
      return { ssh: { user, privateKey: await required(tokens, fields.privateKey), passphrase } };
    },
  };
}
