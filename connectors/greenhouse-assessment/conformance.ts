import type { NamedHarness } from '#hub/connector-sdk/conformance';

const SECRET = 'greenhouse-customer-key';
const request = (at: number): object => ({
  partner_test_id: 'sql-1',
  candidate: {
    first_name: 'Zoë 🚀',
    last_name: `مقابلة ${at}`,
    preferred_name: 'Zoë',
    phone_number: '+49 30 1234567',
    email: `candidate-${at}@people.example.org`,
    greenhouse_profile_url: `https://app.greenhouse.io/people/${at}`,
  },
  sent_by: 'ida@hiring.example.org',
  url: `https://vendor.example/integrations/testing_partners/take_home_tests/${at}`,
});

/** Calls as Greenhouse's documentation shows them. */
const inbox = (stream: string): NamedHarness => ({
  stream,
  on: "calls of its documentation's shape",
  evidence: 'fixtures',
  async start() {
    return {
      url: 'http://127.0.0.1:9',
      settings: () => ({ tests: ['sql-1: SQL for analysts'], apiUrl: 'https://vendor.example' }),
      credentials: { apiKey: SECRET },
      expectAtLeast: 5,
      unknownId: 'nobody',
      partner: {
        calls: [0, 1, 2, 3, 4].map((at) => ({ route: 'POST /send_test' as const, body: request(at) })),
        sign: () => ({ 'content-type': 'application/json', authorization: `Basic ${Buffer.from(`${SECRET}:`).toString('base64')}` }),
        secret: SECRET,
        record: () => undefined,
      },
      noWrites: 'what is told to Greenhouse has a test of its own, on its simulator',
      stop: async () => undefined,
    };
  },
});

export const harnesses = [inbox('candidates'), inbox('assessments')];
