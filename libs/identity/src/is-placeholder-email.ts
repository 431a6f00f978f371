/** Mailboxes that stand for a role, a robot or nobody: many people share them, so they identify none. */
const ROLES = new Set(
  `abuse admin administrator apply application applications bewerbung bewerbungen candidate candidates career careers contact cv
   email enquiries example hello help hiring hr info job jobs mail mailer-daemon na nobody noemail none notprovided office
   people personal postmaster recruiter recruiters recruiting recruitment resume resumes root sales sourcing staffing support
   talent team test unknown unsubscribe webmaster`.split(/\s+/),
);
const ROBOT = /^(?:no-?_?\.?reply|do-?_?\.?not-?_?\.?reply|bounces?)(?:[-_.+].*)?$/;
/**
 * Domains that by definition do not exist (RFC 2606 `.invalid`), and relays of job boards, whose addresses belong to a posting or
 * a message. Not `example.com` nor `.test`: there rehearsals and demonstrations keep people who must be told apart.
 */
const NOWHERE = /(?:^|\.)(?:invalid|localhost|craigslist\.org|indeedemail\.com|reply\.linkedin\.com)$/;
const RELAY_LABEL = /(?:^|\.)(?:no-?reply|mailer-daemon)\./;

/** Says whether a normalised address is a placeholder, a role mailbox or a relay. */
export function isPlaceholderEmail(address: string): boolean {
  const at = address.lastIndexOf('@');
  const mailbox = address.slice(0, at);
  const domain = address.slice(at + 1);
  return ROLES.has(untagged(mailbox)) || ROBOT.test(mailbox) || NOWHERE.test(domain) || RELAY_LABEL.test(domain);
}

function untagged(mailbox: string): string {
  const tag = mailbox.indexOf('+');
  return tag < 0 ? mailbox : mailbox.slice(0, tag);
}
