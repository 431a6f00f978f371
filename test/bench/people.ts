const FIRST =
  'Ada Ben Cara Dario Elif Femi Greta Hana Ivo Jana Kofi Lena Milo Nora Omar Pia Quinn Rosa Sami Tara Uwe Vera Wim Xenia Yara Zeno'.split(
    ' ',
  );
const SYLLABLES =
  'ba be bo da de do fa fe ga go ha ka ke ko la le lo ma me mo na ne no pa po ra re ro sa se so ta te to va vo wa wi za zo'.split(' ');
const PAGE = 500;

/** JSON texts of `amount` people as Ashby sends them, with distinct names, addresses and numbers; the same at every call. */
export function people(amount: number): string[] {
  return Array.from({ length: amount }, (_, at) => JSON.stringify(personOf(at)));
}

/** The vendor's answers, as text: whoever pulls has to parse them, as from the wire. */
export function pagesOf(texts: readonly string[]): string[] {
  const pages: string[] = [];
  for (let at = 0; at < texts.length; at += PAGE) pages.push(`{"success":true,"results":[${texts.slice(at, at + PAGE).join(',')}]}`);
  return pages;
}

function personOf(at: number): Record<string, unknown> {
  const [first, last] = [FIRST[at % FIRST.length], lastName(Math.floor(at / FIRST.length))];
  const email = { value: `${first}.${last}.${at}@example.org`, type: 'Personal', isPrimary: true };
  const phone = { value: `+4930${String(10_000_000 + at)}`, type: 'Personal', isPrimary: true };
  const day = String(1 + (at % 28)).padStart(2, '0');
  return {
    id: uuidOf(at),
    createdAt: `2026-10-${day}T08:00:00.000Z`,
    updatedAt: `2026-11-${day}T09:30:00.000Z`,
    name: `${first} ${last}`,
    primaryEmailAddress: email,
    emailAddresses: [email],
    primaryPhoneNumber: phone,
    phoneNumbers: [phone],
    socialLinks: at % 3 === 0 ? [{ type: 'LinkedIn', url: `https://www.linkedin.com/in/${first}-${last}-${at}`.toLowerCase() }] : [],
    tags: at % 5 === 0 ? [{ id: uuidOf(at % 7), title: `Talent pool ${at % 7}`, isArchived: false }] : [],
    position: at % 2 === 0 ? 'Software Engineer' : 'Product Designer',
    company: `Company ${at % 1_000}`,
    locationSummary: 'Berlin, Germany',
    timezone: 'Europe/Berlin',
    applicationIds: [uuidOf(at + 1_000_000_000)],
    fileHandles: [],
    customFields: [],
    profileUrl: `https://app.ashbyhq.com/candidate-searches/new/right-side/candidates/${uuidOf(at)}`,
    source: {
      id: uuidOf(at % 4),
      title: 'Referral',
      isArchived: false,
      sourceType: { id: uuidOf(9), title: 'Referrals', isArchived: false },
    },
  };
}

function lastName(at: number): string {
  const size = SYLLABLES.length;
  const name = [at % size, Math.floor(at / size) % size, Math.floor(at / size ** 2) % size, 11].map((one) => SYLLABLES[one]).join('');
  return name[0].toUpperCase() + name.slice(1);
}

/** Spread as real ids are: neighbours in the walk are no neighbours in an index. */
function uuidOf(at: number): string {
  const spread = (Math.imul(at + 1, 2_654_435_761) >>> 0).toString(16).padStart(8, '0');
  return `${spread}-9a53-4e0c-8c49-${at.toString(16).padStart(12, '0')}`;
}
