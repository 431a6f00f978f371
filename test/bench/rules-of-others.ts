import { formalNames } from '#hub/identity';
import type { PeopleRow } from '../gen/generate-people.js';

/**
 * By what three products take two records for one, as their help pages say: Greenhouse merges on equal e-mail, Lever on e-mail or on a
 * name with its nicknames, Bullhorn on e-mail or on the last name with two letters of the first.
 */
export const RULES_OF_OTHERS: Record<string, (row: PeopleRow) => string[]> = {
  greenhouse: (row) => emailOf(row),
  lever: (row) => [...emailOf(row), ...formalNames(row.first_name).map((name) => `name ${name} ${lower(row.last_name)}`)],
  bullhorn: (row) => [...emailOf(row), `name ${lower(row.last_name)} ${lower(row.first_name).slice(0, 2)}`],
};

function emailOf({ email }: PeopleRow): string[] {
  return email === '' ? [] : [`email ${lower(email)}`];
}
function lower(text: string): string {
  return text.toLowerCase().trim();
}
