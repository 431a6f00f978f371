import { getCountries, getCountryCallingCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { internationalPhone } from './international-phone.js';
import { seededRandom } from './random.js';

describe('a phone number that begins with +', () => {
  it('is what libphonenumber makes of it, in every country', () => {
    const random = seededRandom(5);
    const digit = (): string => String(Math.floor(random() * 10));
    const codes = [...new Set(getCountries().map((country) => getCountryCallingCode(country))), '800', '999', '0', ''];
    for (const code of codes)
      for (let at = 0; at < 60; at++) {
        const national = Array.from({ length: 2 + Math.floor(random() * 13) }, digit).join('');
        const text = [`+${code}${national}`, `+${code} (0)${national}`, `+ ${code}-${national.slice(0, 3)}.${national.slice(3)}`][at % 3];
        const digits = text.replace(/\D+/g, '');
        expect([text, internationalPhone(text, digits)]).toEqual([text, parsePhoneNumberFromString(text)?.number ?? `+${digits}`]);
      }
  });
});
