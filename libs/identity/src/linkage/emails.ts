import { isPlaceholderEmail } from '../is-placeholder-email.js';
import { normaliseEmail } from '../normalise-email.js';

const DOTLESS = new Set(['gmail.com', 'googlemail.com']);

/** The form under which one mailbox is found again: no tag, no dots where the provider ignores them; `''` for a placeholder, a role or a relay. Never written anywhere. */
export function canonicalEmail(text: string): string {
  const address = normaliseEmail(text);
  if (address === '' || isPlaceholderEmail(address)) return '';
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  const local = address.slice(0, at).replace(/\+.*$/, '');
  return DOTLESS.has(domain) ? `${local.replaceAll('.', '')}@gmail.com` : `${local}@${domain}`;
}

/** What stays of a person's address when the provider changes. */
export function localPart(address: string): string {
  return address.slice(0, address.lastIndexOf('@'));
}
