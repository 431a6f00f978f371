import { Metadata, parsePhoneNumberFromString } from 'libphonenumber-js/min';

/** Nothing but a number: no extension, no words. */
const ONLY_NUMBER = /^\+[\d ().-]+$/;
/** A prefix that is no pattern: one of these, or nothing, may stand before a national number. */
const FIXED_PREFIXES = /^\d+(?:\|\d+)*$/;

/** By calling code, what people dial before a national number at home; `undefined` where a plan changes more of it than that. */
const homePrefixes = new Map<string, string[] | undefined>();
/** What the library's own types leave out. */
interface Plans {
  hasCallingCode: (code: string) => boolean;
  selectNumberingPlan: (code: string) => void;
  numberingPlan: { nationalPrefixForParsing: () => unknown };
}
const plans = new Metadata() as unknown as Plans;

/**
 * E.164 of a phone number that begins with `+`, as libphonenumber gives it. It looks for the country too, which takes most of its time;
 * a number that its plan leaves as it is needs none of that.
 */
export function internationalPhone(text: string, digits: string): string {
  const asDialled = `+${digits}`;
  if (ONLY_NUMBER.test(text) && staysAsItIs(digits)) return asDialled;
  return parsePhoneNumberFromString(text)?.number ?? asDialled;
}

function staysAsItIs(digits: string): boolean {
  for (let length = 1; length <= 3; length++) {
    const callingCode = digits.slice(0, length);
    if (plans.hasCallingCode(callingCode)) return prefixesOf(callingCode)?.every((prefix) => !digits.startsWith(prefix, length)) ?? false;
  }
  return false;
}

function prefixesOf(callingCode: string): string[] | undefined {
  if (!homePrefixes.has(callingCode)) {
    plans.selectNumberingPlan(callingCode);
    const prefix = String(plans.numberingPlan.nationalPrefixForParsing() ?? '');
    homePrefixes.set(callingCode, prefix === '' ? [] : FIXED_PREFIXES.test(prefix) ? prefix.split('|') : undefined);
  }
  return homePrefixes.get(callingCode);
}
