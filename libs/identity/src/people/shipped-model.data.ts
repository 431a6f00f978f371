import type { Model } from '../linkage/index.js';

/**
 * What a tenant starts with, before its own records have taught anything better: learned from `npm run gen:people -- --records 100000`, with three
 * departures. Places and employers differ in at least 15 % of a person's records, for people move; of those who share a mailbox one in two hundred
 * shares the given name too; and no value counts as rare or common.
 */
export const SHIPPED_MODEL: Model = {
  version: 1,
  seed: 1,
  prior: 9.54458093426e-6,
  related: 1.23038802628e-6,
  termFrequency: { equal: 0, near: 0 },
  comparisons: [
    {
      name: 'givenName',
      kind: 'givenName',
      levels: [
        { level: 'differs', m: 0.0112079045061, u: 0.982531212927, r: 0.97759175225 },
        { level: 'far', m: 0.0322107372951, u: 0.00701625833704, r: 0.00698098563354 },
        { level: 'near', m: 0.0422865104773, u: 0.00111520000653, r: 0.00110959358253 },
        { level: 'close', m: 0.0514607783313, u: 0.000595106729941, r: 0.000592114961077 },
        { level: 'initial', m: 0.0379073991205, u: 0.00207537220946, r: 0.0020649387298 },
        { level: 'nickname', m: 0.0839677739775, u: 0.0012352215319, r: 0.00122901172594 },
        { level: 'equal', m: 0.733181118514, u: 0.00542662736111, r: 0.0104266273611 },
      ],
    },
    {
      name: 'familyName',
      kind: 'familyName',
      levels: [
        { level: 'differs', m: 0.0131650072284, u: 0.979508357648, r: 0.0177671986889 },
        { level: 'far', m: 0.00173159236311, u: 0.00959395547397, r: 0.000421882897079 },
        { level: 'near', m: 0.0180518147102, u: 0.000674926518492, r: 0.00241016895775 },
        { level: 'close', m: 0.0630709586194, u: 0.000634930872952, r: 0.0191520327642 },
        { level: 'part', m: 4.64631368424e-5, u: 4.99945569253e-6, r: 0.000339858344607 },
        { level: 'equal', m: 0.903934163942, u: 0.00957783057505, r: 0.959908858347 },
      ],
    },
    {
      name: 'email',
      kind: 'email',
      levels: [
        { level: 'differs', m: 0.0803551625799, u: 0.999964798163, r: 0.418795619574 },
        { level: 'one edit', m: 0.00333316454605, u: 4.99984899006e-6, r: 0.00398300643309 },
        { level: 'same mailbox', m: 0.00830487605655, u: 4.99984899006e-6, r: 0.00247770446806 },
        { level: 'equal', m: 0.908006796817, u: 2.02022903524e-5, r: 0.574743669525 },
      ],
    },
    {
      name: 'phone',
      kind: 'phone',
      levels: [
        { level: 'differs', m: 0.0403578073996, u: 0.999964690466, r: 0.377050947069 },
        { level: 'one edit', m: 0.000169372924463, u: 4.99989845081e-6, r: 0.000925578655709 },
        { level: 'last seven', m: 0.176389523969, u: 4.99989845081e-6, r: 0.0386799884791 },
        { level: 'equal', m: 0.783083295707, u: 2.03098382202e-5, r: 0.583343485796 },
      ],
    },
    {
      name: 'street',
      kind: 'street',
      levels: [
        { level: 'differs', m: 0.15, u: 0.944772560832, r: 0.15 },
        { level: 'far', m: 0.00239876663992, u: 0.041523904991, r: 0.00271517153065 },
        { level: 'near', m: 0.00882257837012, u: 0.0114219481046, r: 0.00344656145519 },
        { level: 'close', m: 0.142342195195, u: 0.000844774279943, r: 0.0351323427753 },
        { level: 'equal', m: 0.696436459795, u: 0.00143181312835, r: 0.808705924239 },
      ],
    },
    {
      name: 'city',
      kind: 'city',
      levels: [
        { level: 'differs', m: 0.15, u: 0.962373234998, r: 0.15 },
        { level: 'far', m: 0.000104844605551, u: 0.0125864155534, r: 0.000492503970506 },
        { level: 'near', m: 0.000101842446986, u: 5.00056239704e-6, r: 0.000489237791501 },
        { level: 'close', m: 0.000101842446986, u: 5.00056239704e-6, r: 0.000489237791501 },
        { level: 'equal', m: 0.8496914705, u: 0.0250253477614, r: 0.848529020447 },
      ],
    },
    {
      name: 'postalCode',
      kind: 'postalCode',
      levels: [
        { level: 'differs', m: 0.15, u: 0.989210156178, r: 0.15 },
        { level: 'prefix', m: 0.000367026557814, u: 0.0102244331366, r: 0.00266699820721 },
        { level: 'one edit', m: 0.0743693934773, u: 0.000524970894546, r: 0.0161717433476 },
        { level: 'equal', m: 0.775263579965, u: 3.54400679195e-5, r: 0.831161258445 },
      ],
    },
    {
      name: 'employer',
      kind: 'employer',
      levels: [
        { level: 'differs', m: 0.438308954166, u: 0.935652797486, r: 0.889874444244 },
        { level: 'far', m: 0.0124888216881, u: 0.0272488200707, r: 0.0353107768971 },
        { level: 'near', m: 0.0114846745591, u: 0.0260390944319, r: 0.0414906705224 },
        { level: 'close', m: 0.000318094048388, u: 4.99886627604e-6, r: 0.00115402062307 },
        { level: 'equal', m: 0.537399455538, u: 0.0110492902793, r: 0.032170087713 },
      ],
    },
    {
      name: 'profileUrl',
      kind: 'profileUrl',
      levels: [
        { level: 'differs', m: 0.11776484939, u: 0.99996623523, r: 0.899969611707 },
        { level: 'equal', m: 0.88223515061, u: 2.87648641266e-5, r: 0.100025888378 },
      ],
    },
    {
      name: 'givenName/familyName',
      levels: [
        { level: 'half swapped', m: 0.00544155439419, u: 0.00236, r: 0.00236 },
        { level: 'swapped, near', m: 0.0103277720157, u: 1.3924e-6, r: 1.3924e-6 },
        { level: 'swapped, equal', m: 0.0205578107808, u: 1.3924e-6, r: 1.3924e-6 },
      ],
    },
  ],
};
