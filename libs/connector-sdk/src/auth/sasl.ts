import { ConnectorFailure } from '../failure.js';
import { required, type AuthContext, type AuthScheme, type Authorization } from './scheme.js';

/** A user name and a password at a mail server: SASL PLAIN, or LOGIN where the server knows no other (RFC 4616). */
export function saslPassword(fields: { username: string; password: string }): AuthScheme {
  return {
    kind: 'sasl',
    credentials: [fields.username, fields.password],
    async authorize({ tokens }) {
      return { sasl: { user: await required(tokens, fields.username), password: await required(tokens, fields.password) } };
    },
  };
}

/** An access token at a mail server: SASL OAUTHBEARER (RFC 7628) or XOAUTH2, whichever it offers. `scheme` gets and renews the token. */
export function saslToken<Settings extends object>(options: { user: (settings: Settings) => string; scheme: AuthScheme }): AuthScheme {
  const { user, scheme } = options;
  const { renew } = scheme;
  return {
    ...scheme,
    kind: 'sasl',
    async authorize(context) {
      const { headers } = await scheme.authorize(context);
      return { sasl: { user: user(context.settings as Settings), token: headers?.authorization.replace(/^Bearer /, '') ?? '' } };
    },
    renew: renew && ((context, { sasl }) => renew(context, asHeader(sasl))),
  };
}

function asHeader(sasl: Authorization['sasl']): Authorization {
  return { headers: { authorization: `Bearer ${sasl && 'token' in sasl ? sasl.token : ''}` } };
}

/** One connector, several ways in: a setting of the connection says which. */
export function chosenBy<Settings extends object, Name extends keyof Settings & string>(
  setting: Name,
  schemes: Record<Settings[Name] & string, AuthScheme>,
): AuthScheme {
  const chosen = ({ settings }: AuthContext): AuthScheme => schemes[(settings as Settings)[setting] as Settings[Name] & string];
  const signIn = (context: AuthContext) => {
    const scheme = chosen(context).signIn;
    if (!scheme)
      throw new ConnectorFailure({
        code: 'CONFIG',
        detail: 'people do not sign in with the access that the settings of this connection choose',
      });
    return scheme;
  };
  const named = Object.entries<AuthScheme>(schemes);
  const all = named.map(([, scheme]) => scheme);
  return {
    kind: all[0].kind,
    credentials: [...new Set(all.flatMap(({ credentials }) => credentials))],
    choice: {
      setting,
      credentials: Object.fromEntries(named.map(([name, { credentials }]) => [name, credentials])),
      signsIn: named.flatMap(([name, { signIn: page }]) => (page ? [name] : [])),
    },
    authorize: (context) => chosen(context).authorize(context),
    renew: async (context, refused) => (await chosen(context).renew?.(context, refused)) ?? false,
    ...(all.some((scheme) => scheme.signIn) && {
      signIn: {
        url: (context, request) => signIn(context).url(context, request),
        redeem: (context, answer) => signIn(context).redeem(context, answer),
      },
    }),
  };
}
