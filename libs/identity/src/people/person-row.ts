import type { CanonicalValue, CanonicalValues } from '#hub/canonical';
import type { FieldMap, Row } from '../linkage/index.js';
import { NOTHING_DENIED, type Denied } from './people-rules.js';

/** What a candidate is compared by; the names of the columns are those of a model's comparisons. */
export const PERSON_FIELDS: FieldMap = {
  order: 'id',
  given: 'givenName',
  family: 'familyName',
  full: 'fullName',
  email: 'email',
  phone: 'phone',
  street: 'street',
  city: 'city',
  postalCode: 'postalCode',
  employer: 'employer',
  profile: 'profileUrl',
};
/** The canonical fields that have a part in it: a change of any other leaves the match as it is. */
export const PERSON_SOURCES: readonly string[] = [
  'firstName',
  'lastName',
  'displayName',
  'emails',
  'phones',
  'social',
  'location',
  'currentCompany',
];

/** A candidate as a row of a data set. `order` names the record in a way that no order of arrival changes. */
export function personRow(order: string, values: CanonicalValues, denied: Denied = NOTHING_DENIED): Row {
  const location = asObject(values.location);
  const name = (value: CanonicalValue | undefined) => textOf(value, (text) => denied('name', text));
  const [given, family] = [name(values.firstName), name(values.lastName)];
  const named = given !== undefined || family !== undefined;
  return {
    order,
    given,
    family,
    full: named ? undefined : name(values.displayName),
    email: elementTexts(values.emails, 'value').filter((text) => !denied('email', text)),
    phone: elementTexts(values.phones, 'e164').filter((text) => !denied('phone', text)),
    street: textOf(location.street),
    city: textOf(location.city),
    postalCode: textOf(location.postal),
    employer: textOf(values.currentCompany),
    profile: elementTexts(values.social, 'url'),
  };
}

/** A list holds plain texts or objects that carry the text under `property`. */
export function elementTexts(list: CanonicalValue | undefined, property: string): string[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((element) => textOf(typeof element === 'object' ? asObject(element)[property] : element) ?? []);
}

function asObject(value: CanonicalValue | undefined): Record<string, CanonicalValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function textOf(value: CanonicalValue | undefined, isDenied: (text: string) => boolean = () => false): string | undefined {
  return typeof value === 'string' && value !== '' && !isDenied(value) ? value : undefined;
}
