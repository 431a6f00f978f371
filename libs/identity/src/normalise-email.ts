import { domainToASCII } from 'node:url';

const ADDRESS = /^[^\s@<>]+@[^\s@<>]+\.[^\s@<>.]+$/;
const NON_ASCII = /[^\u0000-\u007f]/;

/** The form in which two e-mail addresses are compared; `''` when the text is not one address. Tags and dots are kept: they name other mailboxes. */
export function normaliseEmail(text: string): string {
  const folded = text
    .normalize('NFKC')
    .trim()
    .replace(/^mailto:/i, '')
    .toLowerCase();
  if (!ADDRESS.test(folded)) return '';
  return NON_ASCII.test(folded) ? withAsciiDomain(folded) : folded;
}

function withAsciiDomain(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = domainToASCII(address.slice(at + 1));
  return domain === '' ? '' : `${address.slice(0, at)}@${domain}`;
}
