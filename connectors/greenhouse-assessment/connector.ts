import { basic, byHttpStatus, defineConnector, receivedStream, type UpdateContext } from '#hub/connector-sdk';
import { listTests, responseError, sendTest, testStatus } from './routes.js';
import { GreenhouseAssessmentSettings } from './settings.js';

/** Greenhouse's Assessment API with the roles as they are: Greenhouse asks us for tests, sends them through us, and asks how they went. */
export const greenhouseAssessment = defineConnector<GreenhouseAssessmentSettings>({
  id: 'greenhouse-assessment',
  name: 'Greenhouse assessments',
  category: 'assessment',
  settings: GreenhouseAssessmentSettings,
  auth: basic({ username: 'apiKey' }),
  http: ({ settings }) => ({ baseUrl: settings.apiUrl }),
  throttle: { perSecond: 5 },
  account: ({ apiUrl }) => new URL(apiUrl).host,
  classify: byHttpStatus,
  check: async () => [
    { name: 'routes', ok: true, detail: 'Greenhouse calls us: its partner team enters the addresses of this connection' },
  ],
  streams: {
    candidates: receivedStream({ entity: 'candidate' }),
    assessments: receivedStream({
      entity: 'assessment',
      after: ['candidates'],
      push: { effect: 'notifies-a-person', update: tellNews, find: { by: 'none', visibleWithinMs: 0 } },
    }),
  },
  partnerApi: {
    verify: { kind: 'shared-token', token: { basic: 'username' } },
    routes: {
      'GET /list_tests': listTests,
      'POST /send_test': sendTest,
      'GET /test_status': testStatus,
      'POST /response_error': responseError,
    },
  },
});

/** Greenhouse is told that there are news, and then asks for them: they must stand where `test_status` reads them. */
async function tellNews({ http, received, externalId, current, body }: UpdateContext<GreenhouseAssessmentSettings>) {
  const payload = { ...(current as { callbackUrl: string }), ...body };
  await http.request({ method: 'PATCH', path: payload.callbackUrl });
  await received.write(externalId, payload);
  return { externalId };
}
